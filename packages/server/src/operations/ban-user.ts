import type { User } from '../domain/users/user.ts';
import { deleteTokensOfUser } from '../storage/one-time-tokens.ts';
import { endSessionsOfUser } from '../storage/sessions.ts';
import { lockUser, raiseUserVersion, setUserBan } from '../storage/users.ts';
import { audit, revoke, type OperationContext } from './context.ts';

export interface BanUserResult {
  readonly kind: 'changed' | 'unchanged';
  /** How many sessions ended. */
  readonly ended: number;
}

/**
 * Bans a user: every session ends, every mailed link dies, every access token is void, and nobody signs in to the
 * account until the ban is lifted; a new password does not lift it.
 *
 * @param actor - Who does it: `cli`, or a user's id.
 */
export async function banUser(
  context: OperationContext,
  { id }: Pick<User, 'id'>,
  actor: string,
): Promise<BanUserResult> {
  const result = await context.store.transaction(async (tx): Promise<BanUserResult> => {
    const now = context.clock();
    const user = await lockUser(tx, id);
    if (user === undefined || user.bannedAt !== null) return { kind: 'unchanged', ended: 0 };
    await setUserBan(tx, id, now, now);
    await deleteTokensOfUser(tx, id);
    const ended = await endSessionsOfUser(tx, id, undefined, 'banned', now);
    const minVersion = await raiseUserVersion(tx, id, now);
    const details = { ended: ended.length };
    await audit(context, tx, now, {
      type: 'user.banned',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
      details,
    });
    await revoke(context, tx, now, { kind: 'subject', key: id, minVersion });
    return { kind: 'changed', ended: ended.length };
  });
  context.sessions.forgetUser(id);
  return result;
}

/** Lifts a ban. What ended with it stays ended. */
export async function unbanUser(
  context: OperationContext,
  { id }: Pick<User, 'id'>,
  actor: string,
): Promise<BanUserResult> {
  return context.store.transaction(async (tx): Promise<BanUserResult> => {
    const now = context.clock();
    const user = await lockUser(tx, id);
    if (user === undefined || user.bannedAt === null) return { kind: 'unchanged', ended: 0 };
    await setUserBan(tx, id, null, now);
    await audit(context, tx, now, { type: 'user.unbanned', outcome: 'success', actor, target: id, caller: null });
    return { kind: 'changed', ended: 0 };
  });
}
