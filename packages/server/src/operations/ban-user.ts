import type { User } from '../domain/users/user.ts';
import { deleteTokensOfUser } from '../storage/one-time-tokens.ts';
import { lockUser, setUserBan } from '../storage/users.ts';
import { audit, type OperationContext } from './context.ts';
import { voidUser } from './void-user.ts';

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
    const event = { type: 'user.banned', actor, caller: null } as const;
    return { kind: 'changed', ended: await voidUser(context, tx, now, { userId: id, reason: 'banned', event }) };
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
