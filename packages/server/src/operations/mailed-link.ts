import type { UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { hashOneTimeToken, newOneTimeToken, type OneTimePurpose } from '../domain/one-time-tokens/token.ts';
import { replaceOneTimeToken } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import type { OperationContext } from './context.ts';

export interface MailedLink {
  readonly userId: UserId;
  readonly purpose: OneTimePurpose;
  /** The address that the link is sent to, and that it is about. */
  readonly address: string;
  /** Path of the page that it leads to: one that asks for a click, because mail scanners follow links. */
  readonly page: string;
}

/**
 * Makes the user's token of this purpose, in place of an older one, and gives the link to mail. The caller holds the
 * user's row locked.
 */
export async function makeMailedLink(
  context: OperationContext,
  tx: Tx,
  link: MailedLink,
  now: Instant,
): Promise<string> {
  const { userId, purpose, address, page } = link;
  const token = newOneTimeToken(context.random);
  await replaceOneTimeToken(tx, {
    hash: hashOneTimeToken(token, purpose),
    userId,
    purpose,
    address,
    now,
    expiresAt: now + context.policy.oneTimeLifeMs[purpose],
  });
  const url = pageUrl(context, page);
  url.searchParams.set('token', token.reveal());
  return url.href;
}

/** Built from the configured issuer alone: a Host header must not choose where a mailed link leads. */
export function pageUrl({ policy }: OperationContext, page: string): URL {
  return new URL(page, policy.issuer);
}
