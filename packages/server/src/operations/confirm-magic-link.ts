import { createHash } from 'node:crypto';
import type { Caller } from '../domain/audit/event.ts';
import type { SessionId } from '../domain/ids.ts';
import {
  hashMagicLink,
  magicLinkCode,
  parseMagicLinkCode,
  showMagicLinkCode,
  type BrowserSecret,
} from '../domain/one-time-tokens/magic-link.ts';
import { parseOneTimeToken, type OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import { consumeOneTimeToken } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { beginSession, concludeBeginning, type Begun, type NewSession } from './begin-session.ts';
import { audit, type OperationContext } from './context.ts';

export interface ConfirmMagicLinkInput extends Pick<NewSession, 'remember' | 'replaces' | 'knownDevice'> {
  /** The token of the link, or the code that the link shows in another browser. */
  readonly token: string;
  /** What the browser got when it asked for the link; undefined for one that did not, or too long ago. */
  readonly browser: BrowserSecret | undefined;
}

export type ConfirmMagicLinkResult = Begun | { readonly kind: 'invalid_token' };

/**
 * RFC 8176 has no value for "reads the mailbox". What was shown is a secret that works once, which is what `otp` says;
 * `swk` would claim a key, and `mca` several channels, of which a link in the same browser is not one.
 */
const AMR = ['otp'];

/**
 * Signs in by the link that was mailed, or by its code: in the browser that asked for it, and once. In any other, the
 * link is not used up. Answers alike for whatever is wrong, a ban too.
 *
 * @throws {@link TooManyAttemptsError} after a few wrong codes, before any is looked at.
 */
export async function confirmMagicLink(
  context: OperationContext,
  input: ConfirmMagicLinkInput,
  caller: Caller,
): Promise<ConfirmMagicLinkResult> {
  const { magicLinkMac } = context.keys;
  const token = parseOneTimeToken(input.token);
  const code = token === undefined ? parseMagicLinkCode(input.token) : magicLinkCode(token, magicLinkMac);
  if (code === undefined || input.browser === undefined) return { kind: 'invalid_token' };
  const attempt = await takeAttempt(
    context,
    ['oneTimeTokenByNetwork', networkKey(context, caller)],
    ['magicLinkByBrowser', createHash('sha256').update(input.browser.reveal()).digest('hex')],
  );
  const hash = hashMagicLink(code, input.browser, magicLinkMac);
  let ended: readonly SessionId[] = [];
  const result = await context.store.transaction(async (tx): Promise<ConfirmMagicLinkResult> => {
    const begun = await consumeAndBegin(context, tx, { ...input, amr: AMR, how: 'magic_link', caller }, hash);
    ended = begun?.ended ?? [];
    return begun?.result ?? { kind: 'invalid_token' };
  });
  const user = result.kind === 'signed_in' ? result.user : undefined;
  await concludeBeginning(context, { user, ended }, { replaces: input.replaces, caller });
  if (result.kind === 'signed_in') await attempt.giveBack();
  return result;
}

async function consumeAndBegin(
  context: OperationContext,
  tx: Tx,
  asked: Omit<NewSession, 'user'>,
  hash: OneTimeTokenHash,
): Promise<Awaited<ReturnType<typeof beginSession>> | undefined> {
  const now = context.clock();
  const use = await consumeOneTimeToken(tx, hash, 'magic_link', now);
  const user = use.kind === 'consumed' && use.userId !== null ? await lockUser(tx, use.userId) : undefined;
  if (use.kind === 'consumed' && user !== undefined && user.bannedAt === null && use.address === user.email) {
    return beginSession(context, tx, { ...asked, user }, now);
  }
  await audit(context, tx, now, {
    type: 'user.sign_in_failed',
    outcome: 'failure',
    actor: null,
    target: user?.id ?? null,
    caller: asked.caller,
    details: { reason: 'invalid_magic_link' },
  });
  return undefined;
}

/**
 * The code of a link, to be shown where the link was opened and typed where it was asked for. Asks nobody whether the
 * link is good: only the browser that asked can find that out.
 */
export function codeOfMagicLink({ keys }: OperationContext, text: string): string | undefined {
  const token = parseOneTimeToken(text);
  return token && showMagicLinkCode(magicLinkCode(token, keys.magicLinkMac));
}
