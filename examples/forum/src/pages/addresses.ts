import type { AnswerId, AuthorId, CommentId, PostRef, QuestionLink } from '../domain/types.ts';

/** Where things are. Every link of the pages and every redirect is made here. */

export function questionAddress({ id, slug }: Pick<QuestionLink, 'id' | 'slug'>, query: Query = {}): string {
  return withQuery(`/questions/${id}/${encodeURIComponent(slug)}`, query);
}

/** Leads on to the page of the question where the answer is. */
export function answerAddress(id: AnswerId): string {
  return `/answers/${id}`;
}

export function postAddress({ kind, id }: PostRef): string {
  return kind === 'question' ? `/questions/${id}` : `/answers/${id}`;
}

/** Anchors on the page of a question. */
export function postAnchor({ kind, id }: PostRef): string {
  return `${kind}-${id}`;
}

export function commentAnchor(id: CommentId): string {
  return `comment-${id}`;
}

export function authorAddress(id: AuthorId): string {
  return `/users/${encodeURIComponent(id)}`;
}

export function tagAddress(name: string, query: Query = {}): string {
  return withQuery(`/tags/${encodeURIComponent(name)}`, query);
}

export function signInAddress(next: string): string {
  return withQuery('/sign-in', { next });
}

export type Query = Readonly<Record<string, string | null | undefined>>;

/** Leaves out what is absent. */
export function withQuery(path: string, query: Query): string {
  const present = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return present.length === 0 ? path : `${path}?${new URLSearchParams(present).toString()}`;
}
