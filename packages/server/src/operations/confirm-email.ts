import type { Caller } from '../domain/audit/event.ts';
import { hashOneTimeToken, parseOneTimeToken } from '../domain/one-time-tokens/token.ts';
import { consumeOneTimeToken } from '../storage/one-time-tokens.ts';
import { lockUser, markEmailVerified } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { audit, type OperationContext } from './context.ts';

export type ConfirmEmailResult = { readonly kind: 'confirmed' } | { readonly kind: 'invalid_token' };

/** Confirms an address by the token that was mailed to it. Works once, and only for the address it was sent to. */
export async function confirmEmail(
  context: OperationContext,
  input: { readonly token: string },
  caller: Caller,
): Promise<ConfirmEmailResult> {
  const token = parseOneTimeToken(input.token);
  if (token === undefined) return { kind: 'invalid_token' };
  const attempt = await takeAttempt(context, ['oneTimeTokenByNetwork', networkKey(context, caller)]);
  const result = await context.store.transaction(async (tx): Promise<ConfirmEmailResult> => {
    const now = context.clock();
    const use = await consumeOneTimeToken(tx, hashOneTimeToken(token, 'verify_email'), 'verify_email', now);
    const user = use.kind === 'consumed' && use.userId !== null ? await lockUser(tx, use.userId) : undefined;
    const confirmed = use.kind === 'consumed' && user !== undefined && user.email === use.address;
    if (confirmed) await markEmailVerified(tx, user.id, now);
    await audit(context, tx, now, {
      type: 'user.email_verified',
      outcome: confirmed ? 'success' : 'failure',
      actor: user?.id ?? null,
      target: user?.id ?? null,
      caller,
    });
    return { kind: confirmed ? 'confirmed' : 'invalid_token' };
  });
  if (result.kind === 'confirmed') await attempt.giveBack();
  return result;
}
