import type { AuthorId } from './types.ts';

const AUTHOR_ID = /^usr_[0-9a-z]{1,64}$/;

/** A `sub` as an author's id; undefined where it is not one. */
export function parseAuthorId(text: string): AuthorId | undefined {
  return AUTHOR_ID.test(text) ? (text as AuthorId) : undefined;
}
