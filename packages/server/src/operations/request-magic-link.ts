import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import { newId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { magicLinkMessage } from '../domain/mail/messages.ts';
import { hashMagicLink, magicLinkCode, type BrowserSecret } from '../domain/one-time-tokens/magic-link.ts';
import { newOneTimeToken } from '../domain/one-time-tokens/token.ts';
import type { User } from '../domain/users/user.ts';
import { deleteMailsTo } from '../storage/mail-outbox.ts';
import { pretendToReplaceOneTimeToken, replaceOneTimeToken } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import { lockUserByEmail } from '../storage/users.ts';
import { mailKey, networkKey, takeAttempt } from './attempts.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { pageUrl } from './mailed-link.ts';

export type RequestMagicLinkResult = { readonly kind: 'accepted' } | { readonly kind: 'invalid_email' };

/**
 * Mails a link that signs in, good in the browser that asks and nowhere else; older links die. Nothing is mailed to an
 * address that waits for its confirmation, is banned or is nobody's: for those the database does the same work, and
 * keeps nothing of it.
 */
export async function requestMagicLink(
  context: OperationContext,
  input: { readonly email: string; readonly browser: BrowserSecret },
  caller: Caller,
): Promise<RequestMagicLinkResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  await takeAttempt(context, ['mailByNetwork', networkKey(context, caller)], mailKey('magic_link', email));
  await context.store.transaction(async (tx) => {
    const now = context.clock();
    const user = await lockUserByEmail(tx, email.key);
    // An address that was never confirmed may be another's, who would be led into an account with a stranger's password.
    const isMailed = user !== undefined && user.bannedAt === null && user.emailVerifiedAt !== null;
    await (isMailed ? mailLink(context, tx, user, input.browser, now) : mailNobody(context, tx, input.browser, now));
    await audit(context, tx, now, {
      type: 'user.magic_link_requested',
      outcome: isMailed ? 'success' : 'failure',
      actor: null,
      target: user?.id ?? null,
      caller,
    });
  });
  return { kind: 'accepted' };
}

async function mailLink(
  context: OperationContext,
  tx: Tx,
  user: User,
  browser: BrowserSecret,
  now: Instant,
): Promise<void> {
  const { hash, url } = makeLink(context, browser);
  const lifeMs = context.policy.oneTimeLifeMs.magic_link;
  const rest = { purpose: 'magic_link', address: user.email, now, expiresAt: now + lifeMs } as const;
  await replaceOneTimeToken(tx, { hash, userId: user.id, ...rest });
  // A link that does not work any more need not be sent.
  await deleteMailsTo(tx, user.email, 'magic_link');
  await queueMail(context, tx, now, magicLinkMessage(user.email, url, lifeMs));
}

/** As {@link mailLink}, statement by statement; what it writes is gone at the end. */
async function mailNobody(context: OperationContext, tx: Tx, browser: BrowserSecret, now: Instant): Promise<void> {
  const { hash, url } = makeLink(context, browser);
  await pretendToReplaceOneTimeToken(tx, hash, now);
  // An address that nobody has: even a mail server that is asked at once finds nothing to send.
  const nobody = `${newId('mail', now, context.random)}@invalid`;
  await queueMail(context, tx, now, magicLinkMessage(nobody, url, context.policy.oneTimeLifeMs.magic_link));
  await deleteMailsTo(tx, nobody, 'magic_link');
}

function makeLink(context: OperationContext, browser: BrowserSecret): { readonly hash: string; readonly url: string } {
  const { magicLinkMac } = context.keys;
  const token = newOneTimeToken(context.random);
  const url = pageUrl(context, PAGES.openMagicLink);
  url.searchParams.set('token', token.reveal());
  return { hash: hashMagicLink(magicLinkCode(token, magicLinkMac), browser, magicLinkMac), url: url.href };
}
