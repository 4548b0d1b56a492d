import { MAX_ACCESS_TOKEN_TTL_SECONDS } from '../domain/access-tokens/grant.ts';
import { isSpent, planAtStart, planRotation, type KeyPlan } from '../domain/keys/lifecycle.ts';
import type { SigningKey } from '../domain/keys/signing-key.ts';
import { lockServer } from '../storage/server-lock.ts';
import {
  activateSigningKey,
  deleteSigningKey,
  insertSigningKey,
  listSigningKeys,
  retireSigningKey,
} from '../storage/signing-keys.ts';
import { audit, type OperationContext } from './context.ts';
import { createSigningKey } from './key-ring.ts';

/** Makes sure at start that an active and a next key of the configured algorithm are there. */
export async function ensureSigningKeys(context: OperationContext): Promise<void> {
  await changeKeys(context, planAtStart, 'keys.created', 'server');
}

/**
 * The next key signs from now on, the active one retires, another becomes next. Nodes that run follow within
 * seconds; verifiers know the key already.
 *
 * @returns The keys as they are now, the newest first.
 */
export async function rotateSigningKeys(context: OperationContext, actor: string): Promise<readonly SigningKey[]> {
  await changeKeys(context, planRotation, 'keys.rotated', actor);
  return listSigningKeys(context.store.queries);
}

async function changeKeys(
  context: OperationContext,
  plan: typeof planAtStart,
  type: 'keys.created' | 'keys.rotated',
  actor: string,
): Promise<void> {
  const { store, policy, keys, random, clock } = context;
  await store.transaction(async (tx) => {
    await lockServer(tx);
    const now = clock();
    const current = await listSigningKeys(tx);
    const todo = plan(current, policy.signingAlgorithm);
    if (isNothing(todo)) return;

    for (const kid of todo.retire) await retireSigningKey(tx, kid, now);
    let activated = todo.activate;
    if (activated === 'create') {
      const key = await createSigningKey(policy.signingAlgorithm, 'active', keys, now, random);
      await insertSigningKey(tx, key);
      activated = key.kid;
    } else if (activated !== undefined) {
      await activateSigningKey(tx, activated, now);
    }
    if (todo.createNext) {
      await insertSigningKey(tx, await createSigningKey(policy.signingAlgorithm, 'next', keys, now, random));
    }
    await audit(context, tx, now, { type, outcome: 'success', actor, target: activated ?? null, caller: null });
  });
  context.keyRing.forget();
}

function isNothing(plan: KeyPlan): boolean {
  return plan.retire.length === 0 && plan.activate === undefined && !plan.createNext;
}

/** Removes retired keys of which no token is alive any more. */
export async function purgeSigningKeys(context: OperationContext): Promise<void> {
  const { store, clock } = context;
  await store.transaction(async (tx) => {
    await lockServer(tx);
    for (const key of await listSigningKeys(tx)) {
      if (isSpent(key, MAX_ACCESS_TOKEN_TTL_SECONDS, clock())) await deleteSigningKey(tx, key.kid);
    }
  });
}
