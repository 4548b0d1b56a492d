import { decideApplicationRoles } from '../domain/users/application-roles.ts';
import type { User } from '../domain/users/user.ts';
import { lockUser, raiseUserVersion, setApplicationRoles } from '../storage/users.ts';
import { audit, revoke, type OperationContext } from './context.ts';

export interface ChangeApplicationRolesResult {
  readonly kind: 'changed' | 'unchanged' | 'too_many_roles';
}

/**
 * Grants a user a role of applications, or withdraws it. Access tokens carry roles, so those of before are void;
 * sessions stay, and their next token has the roles of now. Callers at once take turns, and none undoes another's.
 *
 * @param role - A name that applications may have: the caller has looked.
 * @param actor - Who does it: `cli`, or the id of a client or user.
 */
export async function changeApplicationRoles(
  context: OperationContext,
  { id, role, change }: { readonly id: User['id']; readonly role: string; readonly change: 'grant' | 'withdraw' },
  actor: string,
): Promise<ChangeApplicationRolesResult> {
  const result = await context.store.transaction(async (tx): Promise<ChangeApplicationRolesResult> => {
    const now = context.clock();
    const user = await lockUser(tx, id);
    if (user === undefined) return { kind: 'unchanged' };
    const decision = decideApplicationRoles(user.applicationRoles, role, change);
    if (decision.kind !== 'change') return decision;
    await setApplicationRoles(tx, id, decision.roles, now);
    const minVersion = await raiseUserVersion(tx, id, now);
    await audit(context, tx, now, {
      type: change === 'grant' ? 'user.role_granted' : 'user.role_withdrawn',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
      details: { role },
    });
    await revoke(context, tx, now, { kind: 'subject', key: id, minVersion });
    return { kind: 'changed' };
  });
  context.sessions.forgetUser(id);
  return result;
}
