import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import type { UserId } from '../domain/ids.ts';
import { passwordChangedMessage } from '../domain/mail/messages.ts';
import { hashOneTimeToken, parseOneTimeToken, type OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import { decideNewPassword, type PasswordDecision, type PasswordObjection } from '../domain/passwords/policy.ts';
import { consumeOneTimeToken, deleteTokensOfUser, findOwnerOfOneTimeToken } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser, markEmailVerified, savePasswordHash } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { checkBreaches } from './check-breaches.ts';
import { audit, type OperationContext } from './context.ts';
import { pageUrl } from './mailed-link.ts';
import { voidUser } from './void-user.ts';

export type ResetPasswordResult =
  | { readonly kind: 'reset'; readonly userId: UserId }
  | { readonly kind: 'invalid_token' }
  | { readonly kind: 'password_not_allowed'; readonly objection: PasswordObjection };

/**
 * Replaces the password by the token that was mailed, which works once. Ends every session and every other link, and
 * confirms the address: whoever has the token reads its mail. Does not lift a ban.
 */
export async function resetPassword(
  context: OperationContext,
  input: { readonly token: string; readonly password: string },
  caller: Caller,
): Promise<ResetPasswordResult> {
  // Before the token is looked at, so that a password that is not allowed does not use it up.
  const decision = decideNewPassword(input.password, []);
  if (decision.kind !== 'allowed') return decision;
  const token = parseOneTimeToken(input.token);
  if (token === undefined) return { kind: 'invalid_token' };
  const attempt = await takeAttempt(context, ['oneTimeTokenByNetwork', networkKey(context, caller)]);
  const tokenHash = hashOneTimeToken(token, 'reset_password');
  const { queries } = context.store;
  const owner = await findOwnerOfOneTimeToken(queries, tokenHash, 'reset_password', context.clock());
  const checked = owner && (await judge(context, input.password, [owner.email, owner.name], caller));
  if (checked?.kind === 'password_not_allowed') {
    await attempt.giveBack();
    return checked;
  }
  // A hash costs much: not for whoever made a token up.
  const passwordHash = owner && (await context.passwords.hash(decision.password));

  const result = await context.store.transaction((tx) => reset(context, tx, { tokenHash, passwordHash, caller }));
  if (result.kind !== 'reset') return result;
  context.sessions.forgetUser(result.userId);
  await attempt.giveBack();
  return result;
}

/** What can only be judged once it is known whose password it is to be. */
async function judge(
  context: OperationContext,
  text: string,
  personal: readonly (string | null)[],
  caller: Caller,
): Promise<PasswordDecision> {
  const decision = decideNewPassword(text, personal);
  return decision.kind === 'allowed' ? checkBreaches(context, decision.password, caller) : decision;
}

interface Reset {
  readonly tokenHash: OneTimeTokenHash;
  /** Undefined where the token was not good before; then it is not consumed either. */
  readonly passwordHash: string | undefined;
  readonly caller: Caller;
}

async function reset(context: OperationContext, tx: Tx, request: Reset): Promise<ResetPasswordResult> {
  const { tokenHash, passwordHash, caller } = request;
  const now = context.clock();
  const use = passwordHash === undefined ? undefined : await consumeOneTimeToken(tx, tokenHash, 'reset_password', now);
  const user = use?.kind === 'consumed' && use.userId !== null ? await lockUser(tx, use.userId) : undefined;
  if (passwordHash === undefined || user === undefined || use?.kind !== 'consumed' || use.address !== user.email) {
    const target = user?.id ?? null;
    await audit(context, tx, now, { type: 'user.password_reset', outcome: 'failure', actor: target, target, caller });
    return { kind: 'invalid_token' };
  }
  await savePasswordHash(tx, user.id, passwordHash, now);
  await markEmailVerified(tx, user.id, now);
  await deleteTokensOfUser(tx, user.id);
  await voidUser(context, tx, now, {
    userId: user.id,
    reason: 'password_reset',
    event: { type: 'user.password_reset', actor: user.id, caller },
    mail: passwordChangedMessage(user.email, pageUrl(context, PAGES.forgotPassword).href),
  });
  return { kind: 'reset', userId: user.id };
}
