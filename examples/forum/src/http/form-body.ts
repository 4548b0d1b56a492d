import type { AppContext } from './environment.ts';
import { HttpProblem } from './http-problem.ts';

/** Longer than the longest post with every character escaped thrice (`%E0%A4%B8`). */
export const MAX_BODY_BYTES = 512 * 1024;

/** What a form posted. A field that is absent is an empty one; of one that came twice the last counts. */
export interface FormBody {
  /** With the line ends of Unix: browsers send CRLF (HTML §4.10.21.4). */
  text(name: string): string;
  has(name: string): boolean;
  all(name: string): readonly string[];
}

/** Reads `application/x-www-form-urlencoded`, which is all that our forms send. */
export async function readForm(c: AppContext): Promise<FormBody> {
  const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw new HttpProblem('unsupported_media_type');
  const values = new URLSearchParams(await c.req.text());
  return {
    text: (name) => clean(values.getAll(name).at(-1) ?? ''),
    has: (name) => values.has(name),
    all: (name) => values.getAll(name).map(clean),
  };
}

function clean(value: string): string {
  return value.replace(/\r\n?/g, '\n').toWellFormed();
}
