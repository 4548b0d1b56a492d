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

/** HTML that the domain has made safe already: Markdown after the sanitizer, and nothing else. */
export function sanitized(safeHtml: string): Markup {
  return raw(safeHtml);
}

type AttributeValue = string | number | boolean | null | undefined;

/**
 * Attributes of an element, each with a space before it. `true` prints the bare name; `false`, `null` and `undefined`
 * leave the attribute out. Values are escaped, names are not: they come from our own code.
 */
export function attributes(values: Readonly<Record<string, AttributeValue>>): Markup[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false) return [];
    return value === true ? [html` ${raw(name)}`] : [html` ${raw(name)}="${value}"`];
  });
}

/** “1 answer”, “2 answers”. */
export function counted(count: number, one: string, several: string = `${one}s`): string {
  return `${NUMBER.format(count)} ${count === 1 ? one : several}`;
}

const NUMBER = new Intl.NumberFormat('en-GB');
