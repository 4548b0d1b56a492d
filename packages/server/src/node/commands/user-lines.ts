import type { Readable } from 'node:stream';

/** A line of a file of users: what it holds, or why it is refused before the server has seen it. */
export type UserLine =
  | { readonly number: number; readonly kind: 'user'; readonly user: unknown; readonly bytes: number }
  | { readonly number: number; readonly kind: 'refused'; readonly detail: string };

/** More than a user can take, with all roles and every character escaped. */
const MAX_LINE_BYTES = 8192;
const LINE_FEED = 0x0a;

/** Reads JSON Lines, one object a line, whatever the length of the file. No line is kept that is too long; empty ones are none. */
export async function* readUserLines(input: Readable): AsyncGenerator<UserLine> {
  let number = 0;
  for await (const bytes of splitLines(input)) {
    number += 1;
    const line = bytes === undefined ? refused(number, `More than ${MAX_LINE_BYTES} bytes`) : readLine(number, bytes);
    if (line !== undefined) yield line;
  }
}

function readLine(number: number, bytes: Buffer): UserLine | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refused(number, 'Not UTF-8');
  }
  if (text.trim() === '') return undefined;
  try {
    const user: unknown = JSON.parse(text);
    return { number, kind: 'user', user, bytes: Buffer.byteLength(JSON.stringify(user)) };
  } catch {
    return refused(number, 'Not JSON');
  }
}

function refused(number: number, detail: string): UserLine {
  return { number, kind: 'refused', detail };
}

/** Lines without their ends; undefined for one that is too long, whose bytes are dropped as they come. */
async function* splitLines(input: Readable): AsyncGenerator<Buffer | undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  const take = (bytes: Buffer): void => {
    length += bytes.length;
    if (length <= MAX_LINE_BYTES) parts.push(bytes);
    else parts = [];
  };
  const end = (): Buffer | undefined => {
    const line = length <= MAX_LINE_BYTES ? Buffer.concat(parts) : undefined;
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of input) {
    let rest = Buffer.from(chunk as Buffer | string);
    for (let at = rest.indexOf(LINE_FEED); at !== -1; at = rest.indexOf(LINE_FEED)) {
      take(rest.subarray(0, at));
      rest = rest.subarray(at + 1);
      yield end();
    }
    take(rest);
  }
  if (length > 0) yield end();
}
