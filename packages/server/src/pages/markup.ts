import { html as taggedHtml, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** HTML whose text has been escaped already. */
export type Markup = HtmlEscapedString;

/** What a template takes: text is escaped, markup is kept, and `false`, `null` and `undefined` print nothing. */
export type Content = Markup | string | number | boolean | null | undefined | readonly Content[];

/** Escaping template tag. Its arguments exclude promises, so that the result never is one. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Markup {
  const markup = taggedHtml(strings, ...values);
  if (markup instanceof Promise) throw new TypeError('A page interpolated a promise');
  return markup;
}

type AttributeValue = string | number | boolean | null | undefined;

/**
 * Attributes of an element, each with a space before it. `true` prints the bare name; `false`, `null` and
 * `undefined` leave the attribute out. Values are escaped, names are not: they come from our own code.
 */
export function attributes(values: Readonly<Record<string, AttributeValue>>): Markup[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false) return [];
    return value === true ? [html` ${raw(name)}`] : [html` ${raw(name)}="${value}"`];
  });
}

/** Joins contents with a separator. */
export function joined(parts: readonly Content[], separator: Content): Content[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}
