/**
 * Why the feed, or an introspection, gave no answer:
 *
 * - `credentials_refused`: 401 or 403. The client's id, its secret or its scopes are wrong, and only people can help.
 * - `unavailable`: no connection, no answer in time, or a status that is none.
 * - `malformed`: an answer that is not what the protocol says, or is too long.
 */
export type FeedErrorKind = 'credentials_refused' | 'unavailable' | 'malformed';

/** Holds neither the credential nor anything of an answer's body. `cause` is what the platform's `fetch` threw, if it did. */
export class FeedError extends Error {
  override readonly name = 'FeedError';
  readonly kind: FeedErrorKind;

  constructor(kind: FeedErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
