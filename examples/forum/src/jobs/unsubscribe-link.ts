import type { Seals } from '../accounts/sealed.ts';
import { parseAuthorId } from '../domain/author-id.ts';
import type { AuthorId } from '../domain/types.ts';

/** Who follows it need not sign in, and can do nothing else by it. It says nothing to whoever finds it. */
export function unsubscribeToken(seals: Seals, id: AuthorId): string {
  return seals.seal('unsubscribe link', '', id).toString('base64url');
}

export function readUnsubscribeToken(seals: Seals, token: string): AuthorId | undefined {
  const id = seals.open('unsubscribe link', '', Buffer.from(token, 'base64url'));
  return id === undefined ? undefined : parseAuthorId(id);
}
