import type { Role, User } from '../domain/users/user.ts';
import { lockUser, raiseUserVersion, setUserRole } from '../storage/users.ts';
import { audit, revoke, type OperationContext } from './context.ts';

export interface ChangeRoleResult {
  readonly kind: 'changed' | 'unchanged';
}

/**
 * Gives a user another role. Access tokens carry roles, so those of before are void; sessions stay, and their next
 * token has the new role.
 *
 * @param actor - Who does it: `cli`, or a user's id.
 */
export async function changeRole(
  context: OperationContext,
  { id, role }: { readonly id: User['id']; readonly role: Role },
  actor: string,
): Promise<ChangeRoleResult> {
  const result = await context.store.transaction(async (tx): Promise<ChangeRoleResult> => {
    const now = context.clock();
    const user = await lockUser(tx, id);
    if (user === undefined || user.role === role) return { kind: 'unchanged' };
    await setUserRole(tx, id, role, now);
    const minVersion = await raiseUserVersion(tx, id, now);
    await audit(context, tx, now, {
      type: 'user.role_changed',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
      details: { from: user.role, to: role },
    });
    await revoke(context, tx, now, { kind: 'subject', key: id, minVersion });
    return { kind: 'changed' };
  });
  context.sessions.forgetUser(id);
  return result;
}
