import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { accountDeletedMessage } from '../domain/mail/messages.ts';
import type { User } from '../domain/users/user.ts';
import { deleteMailsTo } from '../storage/mail-outbox.ts';
import { listTokenAddresses } from '../storage/one-time-tokens.ts';
import { endSessionsOfUser } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { deleteUser, lockUser, raiseUserVersion } from '../storage/users.ts';
import { audit, queueMail, revoke, type OperationContext } from './context.ts';
import { confirmPassword, lockConfirmed } from './confirm-password.ts';
import { queueLogoutNotices } from './queue-logout-notices.ts';

export interface DeleteAccountResult {
  readonly kind: 'deleted' | 'no_session' | 'wrong_password';
}

/** Deletes the account of whoever is signed in and knows the password. See {@link deleteUserByOperator}. */
export async function deleteAccount(
  context: OperationContext,
  input: { readonly userId: UserId; readonly sessionId: SessionId; readonly password: string },
  caller: Caller,
): Promise<DeleteAccountResult> {
  const { userId } = input;
  const confirmed = await confirmPassword(context, input);
  const result = await context.store.transaction(async (tx): Promise<DeleteAccountResult> => {
    const now = context.clock();
    const locked = await lockConfirmed(context, tx, { ...input, confirmed }, now);
    if (locked.kind !== 'locked') {
      await audit(context, tx, now, {
        type: 'user.deleted',
        outcome: 'failure',
        actor: userId,
        target: userId,
        caller,
        details: { reason: locked.kind },
      });
      return { kind: locked.kind };
    }
    await remove(context, tx, locked.user, { actor: userId, caller }, now);
    return { kind: 'deleted' };
  });
  if (result.kind === 'deleted') context.sessions.forgetUser(userId);
  return result;
}

/**
 * Deletes a user with password, sessions, links and waiting mail; the last mail says so, to addresses of before too.
 * The audit log keeps the id alone, the revocation log that every access token of it is void.
 *
 * @param actor - Who does it: `cli`, or a user's id.
 * @returns Whether there was such a user.
 */
export async function deleteUserByOperator(
  context: OperationContext,
  { id }: Pick<User, 'id'>,
  actor: string,
): Promise<boolean> {
  const deleted = await context.store.transaction(async (tx) => {
    const now = context.clock();
    const user = await lockUser(tx, id);
    if (user === undefined) return false;
    await remove(context, tx, user, { actor, caller: null }, now);
    return true;
  });
  context.sessions.forgetUser(id);
  return deleted;
}

/** The caller holds the user's row locked. */
async function remove(
  context: OperationContext,
  tx: Tx,
  user: User,
  by: { readonly actor: string; readonly caller: Caller | null },
  now: Instant,
): Promise<void> {
  // Ended first, for the sake of clients that are told of it.
  await endSessionsOfUser(tx, user.id, [], 'account_deleted', now);
  await queueLogoutNotices(context, tx, now, { kind: 'user', userId: user.id });
  // Tokens of before are refused by this version, for as long as one may live; the row itself goes.
  const minVersion = await raiseUserVersion(tx, user.id, now);
  const links = await listTokenAddresses(tx, user.id);
  await deleteUser(tx, user.id);
  await deleteMailsTo(tx, user.email);
  // To other addresses goes what is about this account alone: they may have accounts of their own.
  for (const { purpose, address } of links) {
    if (purpose === 'change_email') await deleteMailsTo(tx, address, 'change_email');
    if (purpose === 'undo_email_change') await deleteMailsTo(tx, address, 'email_changed');
  }
  await audit(context, tx, now, { type: 'user.deleted', outcome: 'success', target: user.id, ...by });
  // Whoever deletes it may have changed the address first: those who could still undo that are told as well.
  const before = links.filter(({ purpose }) => purpose === 'undo_email_change').map(({ address }) => address);
  for (const address of new Set([user.email, ...before])) {
    await queueMail(context, tx, now, accountDeletedMessage(address));
  }
  await revoke(context, tx, now, { kind: 'subject', key: user.id, minVersion });
}
