import type { Field, Problem } from './types.ts';

/** Lengths in characters (code points), after cleaning. */
export const limits = {
  title: { min: 12, max: 160 },
  body: { min: 1, max: 20_000 },
  comment: { min: 1, max: 600 },
  reason: { min: 1, max: 200 },
  authorTitle: { min: 0, max: 60 },
  about: { min: 0, max: 2_000 },
  name: { min: 1, max: 80 },
  tags: { min: 1, max: 5 },
  tag: { min: 1, max: 35 },
} as const;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Either the cleaned text or what is wrong with it. */
export type Checked<T = string> = { readonly value: T } | { readonly problem: Problem };

/**
 * What could make a text look like another one, or has no place in a text: control characters but tab and line feed,
 * marks that turn the direction of what follows (Unicode TR 36 §2.2), invisible separators, tag characters. The joiner
 * U+200D stays: emoji and several scripts need it.
 */
const UNWANTED =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/gu;

/** For text that was made of a cleaned one: Markdown turns `&#8238;` into the character that it stands for. */
export function withoutUnwanted(text: string): string {
  return text.replace(UNWANTED, '');
}

/** Text of several lines: normal form C, `\n` at line ends, nothing unwanted, no blank at either end. */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(LINE_ENDS, '\n')
    .replace(UNWANTED, '')
    .normalize('NFC')
    .replace(/^(?:[^\S\n]*\n)+/u, '')
    .trimEnd();
}

/** Text of one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/gu, ' ').trim();
}

/** Characters as people count them, more or less: code points, not UTF-16 units. */
function countCharacters(text: string): number {
  let count = 0;
  for (const character of text) count += character === '' ? 0 : 1;
  return count;
}

/** What leaves a mark on the screen: fillers and selectors of scripts, which some need beside letters, do not. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Mark}\u2800]/u;

export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

function within(field: Field, value: string, { min, max }: Bounds): Checked {
  // Nobody waits for the counting of a megabyte.
  const length = value.length > max * 4 ? max + 1 : countCharacters(value);
  if (length > max) return { problem: { field, code: 'too_long', limit: max } };
  if (min > 0 && !isVisible(value)) return { problem: { field, code: 'required' } };
  if (length < min) return { problem: { field, code: 'too_short', limit: min } };
  return { value };
}

/** Far above every bound: what is longer is refused before any work is done on it. */
function clipped(text: string): string {
  return text.length > 200_000 ? text.slice(0, 200_000) : text;
}

export function checkLine(field: Field, text: string, bounds: Bounds): Checked {
  return within(field, cleanLine(clipped(text)), bounds);
}

export function checkText(field: Field, text: string, bounds: Bounds): Checked {
  return within(field, cleanText(clipped(text)), bounds);
}

const TAG = /^[a-z0-9][a-z0-9+#.-]{0,34}$/;

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Small letters, each once, in the order of the author. Blank ones are left out. */
export function checkTags(tags: readonly string[]): Checked<readonly string[]> {
  const names = new Set<string>();
  for (const tag of tags.slice(0, 100)) {
    const name = cleanLine(tag.slice(0, 200)).toLowerCase();
    if (name === '') continue;
    if (name.length > limits.tag.max) return { problem: { field: 'tags', code: 'too_long', limit: limits.tag.max } };
    if (!isTag(name)) return { problem: { field: 'tags', code: 'not_allowed' } };
    names.add(name);
  }
  if (names.size < limits.tags.min) return { problem: { field: 'tags', code: 'required' } };
  if (names.size > limits.tags.max) return { problem: { field: 'tags', code: 'too_many', limit: limits.tags.max } };
  return { value: [...names] };
}

/** Values of all that were checked, or all the problems. */
export function allOf<T extends Record<string, Checked<unknown>>>(
  checks: T,
):
  | { readonly problems: readonly Problem[] }
  | { readonly values: { readonly [Name in keyof T]: Extract<T[Name], { value: unknown }>['value'] } } {
  const problems = Object.values(checks).flatMap((check) => ('problem' in check ? [check.problem] : []));
  if (problems.length > 0) return { problems };
  const values = Object.entries(checks).flatMap(([name, check]) => ('value' in check ? [[name, check.value]] : []));
  return {
    values: Object.fromEntries(values) as { [Name in keyof T]: Extract<T[Name], { value: unknown }>['value'] },
  };
}
