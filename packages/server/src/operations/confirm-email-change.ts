import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { emailChangedMessage } from '../domain/mail/messages.ts';
import { hashOneTimeToken, parseOneTimeToken, type OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import type { User } from '../domain/users/user.ts';
import { consumeOneTimeToken, deleteTokensOfUser } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import { AddressTakenError, lockUser } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { makeMailedLink } from './mailed-link.ts';
import { takeAddress } from './take-address.ts';
import { voidUser } from './void-user.ts';

export type ConfirmEmailChangeResult =
  | { readonly kind: 'confirmed'; readonly userId: UserId }
  | { readonly kind: 'invalid_token' };

interface Confirmation {
  readonly tokenHash: OneTimeTokenHash;
  readonly asking: { readonly id: SessionId; readonly userId: UserId } | undefined;
  readonly caller: Caller;
}

/**
 * Gives the account its new address, by the token that was mailed there. Tells the old address, with a way back. Every
 * session ends but the one that the link was opened with, if it is the same user's. An address that somebody else has by
 * now answers as a token that is not good.
 */
export async function confirmEmailChange(
  context: OperationContext,
  input: {
    readonly token: string;
    /** The session of the browser that confirms, if there is one. */
    readonly asking?: { readonly id: SessionId; readonly userId: UserId } | undefined;
  },
  caller: Caller,
): Promise<ConfirmEmailChangeResult> {
  const token = parseOneTimeToken(input.token);
  if (token === undefined) return { kind: 'invalid_token' };
  const attempt = await takeAttempt(context, ['oneTimeTokenByNetwork', networkKey(context, caller)]);
  const confirmation = { tokenHash: hashOneTimeToken(token, 'change_email'), asking: input.asking, caller };
  const result = await context.store
    .transaction((tx) => confirm(context, tx, confirmation))
    .catch(async (error: unknown) => {
      // Somebody was faster by a moment, and all was rolled back.
      if (!(error instanceof AddressTakenError)) throw error;
      return context.store.transaction((tx) => fail(context, tx, undefined, caller));
    });
  if (result.kind !== 'confirmed') return result;
  context.sessions.forgetUser(result.userId);
  await attempt.giveBack();
  return result;
}

async function confirm(
  context: OperationContext,
  tx: Tx,
  { tokenHash, asking, caller }: Confirmation,
): Promise<ConfirmEmailChangeResult> {
  const now = context.clock();
  const use = await consumeOneTimeToken(tx, tokenHash, 'change_email', now);
  const user = use.kind === 'consumed' && use.userId !== null ? await lockUser(tx, use.userId) : undefined;
  const email = use.kind === 'consumed' && use.address !== null ? parseEmailAddress(use.address) : undefined;
  if (user === undefined || email === undefined || !(await takeAddress(tx, user.id, email, now))) {
    return fail(context, tx, user, caller);
  }
  await deleteTokensOfUser(tx, user.id);
  const except = asking?.userId === user.id ? [asking.id] : [];
  await tellOldAddress(context, tx, user, now);
  const event = { type: 'user.email_changed', actor: user.id, caller } as const;
  await voidUser(context, tx, now, { userId: user.id, except, reason: 'email_changed', event });
  return { kind: 'confirmed', userId: user.id };
}

/** @param user - As it was before: with the old address. One that was never confirmed is nobody's to be told. */
async function tellOldAddress(context: OperationContext, tx: Tx, user: User, now: Instant): Promise<void> {
  if (user.emailVerifiedAt === null) return;
  const link = { userId: user.id, purpose: 'undo_email_change', address: user.email } as const;
  const url = await makeMailedLink(context, tx, { ...link, page: PAGES.undoEmailChange }, now);
  await queueMail(
    context,
    tx,
    now,
    emailChangedMessage(user.email, url, context.policy.oneTimeLifeMs.undo_email_change),
  );
}

async function fail(
  context: OperationContext,
  tx: Tx,
  user: User | undefined,
  caller: Caller,
): Promise<ConfirmEmailChangeResult> {
  const target = user?.id ?? null;
  const now = context.clock();
  await audit(context, tx, now, { type: 'user.email_changed', outcome: 'failure', actor: target, target, caller });
  return { kind: 'invalid_token' };
}
