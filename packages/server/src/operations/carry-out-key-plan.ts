import type { Instant } from '../domain/instant.ts';
import type { KeyPlan } from '../domain/keys/lifecycle.ts';
import { lockServer } from '../storage/server-lock.ts';
import { activateSigningKey, insertSigningKey, retireSigningKey } from '../storage/signing-keys.ts';
import type { Tx } from '../storage/store.ts';
import type { OperationContext } from './context.ts';
import { createSigningKeyPair, type SigningKeyPair } from './key-ring.ts';

/** What {@link withKeyPairs} runs: done, or in need of so many key pairs. */
type Attempt<Result> = { readonly done: Result } | { readonly needs: number };

/**
 * Runs a change of the keys under the server's lock. Where it needs new key pairs, it says so and has written
 * nothing: they are made without any lock, and it is run again.
 */
export async function withKeyPairs<Result>(
  context: OperationContext,
  work: (tx: Tx, pairs: readonly SigningKeyPair[]) => Promise<Attempt<Result>>,
): Promise<Result> {
  const pairs: SigningKeyPair[] = [];
  for (;;) {
    const attempt = await context.store.transaction(async (tx) => {
      await lockServer(tx);
      return work(tx, pairs);
    });
    if ('done' in attempt) return attempt.done;
    while (pairs.length < attempt.needs) {
      pairs.push(await createSigningKeyPair(context.policy.signingAlgorithm, context.keys, context.random));
    }
  }
}

/** How many new key pairs a plan takes. */
export function pairsNeeded(plan: KeyPlan): number {
  return (plan.activate === 'create' ? 1 : 0) + (plan.createNext ? 1 : 0);
}

/**
 * Writes a plan, in its order; the caller holds the server's lock and has as many pairs as the plan needs.
 *
 * @returns The kid of the key that signs from now on; undefined where that has not changed.
 */
export async function carryOutKeyPlan(
  tx: Tx,
  plan: KeyPlan,
  pairs: readonly SigningKeyPair[],
  now: Instant,
): Promise<string | undefined> {
  const unused = [...pairs];
  const take = (): SigningKeyPair => {
    const pair = unused.shift();
    if (pair === undefined) throw new Error('The plan needs more key pairs');
    return pair;
  };
  for (const kid of plan.retire) await retireSigningKey(tx, kid, now);
  let activated = plan.activate;
  if (activated === 'create') {
    const pair = take();
    await insertSigningKey(tx, { ...pair, state: 'active', createdAt: now, activatedAt: now, retiredAt: null });
    activated = pair.kid;
  } else if (activated !== undefined) {
    await activateSigningKey(tx, activated, now);
  }
  if (plan.createNext) {
    await insertSigningKey(tx, { ...take(), state: 'next', createdAt: now, activatedAt: null, retiredAt: null });
  }
  return activated;
}
