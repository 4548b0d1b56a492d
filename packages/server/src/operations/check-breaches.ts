import type { Caller } from '../domain/audit/event.ts';
import type { Password, PasswordDecision } from '../domain/passwords/policy.ts';
import { audit, type OperationContext } from './context.ts';

/**
 * Refuses a new password that was in a breach, where a service that knows them is configured. Where it does not answer,
 * the password is allowed, and the audit log says so: nobody is kept out by somebody else's outage.
 */
export async function checkBreaches(
  context: OperationContext,
  password: Password,
  caller: Caller,
): Promise<PasswordDecision> {
  try {
    const isBreached = await context.breaches.has(password);
    return isBreached ? { kind: 'password_not_allowed', objection: 'breached' } : { kind: 'allowed', password };
  } catch {
    const event = { type: 'password.breach_check_failed', outcome: 'failure', actor: null, target: null } as const;
    await context.store.transaction((tx) => audit(context, tx, context.clock(), { ...event, caller }));
    return { kind: 'allowed', password };
  }
}
