import { parseCursor } from '../domain/cursor.ts';
import type { Cursor } from '../domain/types.ts';
import type { AppContext } from './environment.ts';
import type { FormBody } from './form-body.ts';
import { HttpProblem } from './http-problem.ts';

/** In the path of a route: what is no id is not found. Below 2^53, so it is a number exactly. */
export const ID = ':id{[1-9][0-9]{0,14}}';

export function idOf(c: Pick<AppContext, 'req'>): number {
  return Number(c.req.param('id'));
}

/** The cursor in the address; what is none is a 400, not the first page: somebody would read the same things again. */
export function cursorOf(c: Pick<AppContext, 'req'>): Cursor | undefined {
  const text = c.req.query('cursor');
  if (text === undefined) return undefined;
  const cursor = parseCursor(text);
  if (cursor === undefined) throw new HttpProblem('bad_request');
  return cursor;
}

/** One of a few words in the address, the first of them where there is none. */
export function choiceOf<const Choice extends string>(
  c: Pick<AppContext, 'req'>,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = c.req.query(name) ?? choices[0];
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new HttpProblem('bad_request');
  return choice;
}

/** Which version the form was filled with; undefined where it does not say, or says something else. */
export function revisionOf(form: FormBody): number | undefined {
  const text = form.text('revision');
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
