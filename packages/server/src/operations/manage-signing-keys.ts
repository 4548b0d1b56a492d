import { MAX_ACCESS_TOKEN_TTL_SECONDS } from '../domain/access-tokens/grant.ts';
import type { Instant } from '../domain/instant.ts';
import { isSpent, knownFrom, planAtStart, planRotation, type KeyPlan } from '../domain/keys/lifecycle.ts';
import type { SigningKey } from '../domain/keys/signing-key.ts';
import { lockServer } from '../storage/server-lock.ts';
import { deleteSigningKey, listSigningKeys } from '../storage/signing-keys.ts';
import { carryOutKeyPlan, pairsNeeded, withKeyPairs } from './carry-out-key-plan.ts';
import { audit, type OperationContext } from './context.ts';

/** Makes sure at start that an active and a next key of the configured algorithm are there. */
export async function ensureSigningKeys(context: OperationContext): Promise<void> {
  await changeKeys(context, (keys) => ({ plan: planAtStart(keys, context.policy.signingAlgorithm) }), {
    type: 'keys.created',
    actor: 'server',
  });
}

/** All keys, the newest first. */
export function listKeys({ store }: OperationContext): Promise<readonly SigningKey[]> {
  return listSigningKeys(store.queries);
}

export type RotateKeysResult =
  /** The keys as they are now, the newest first. */
  | { readonly kind: 'rotated'; readonly keys: readonly SigningKey[] }
  /** Not yet: a verifier may hold a key set from before the next key was made, and would refuse its tokens. */
  | { readonly kind: 'next_key_too_new'; readonly possibleFrom: Instant };

/**
 * The next key signs from now on, the active one retires, another becomes next. Nodes that run follow within
 * seconds; verifiers know the key already.
 *
 * @param options - `dangerouslyNow`: also where some verifiers cannot know the key yet.
 */
export async function rotateSigningKeys(
  context: OperationContext,
  actor: string,
  { dangerouslyNow = false }: { readonly dangerouslyNow?: boolean } = {},
): Promise<RotateKeysResult> {
  const refused = await changeKeys<Instant>(
    context,
    (keys) => {
      const plan = planRotation(keys, context.policy.signingAlgorithm);
      const next = keys.find(({ kid }) => kid === plan.activate);
      const isTooNew = next !== undefined && context.clock() < knownFrom(next);
      return isTooNew && !dangerouslyNow ? { refusal: knownFrom(next) } : { plan };
    },
    { type: 'keys.rotated', actor },
  );
  if (refused !== undefined) return { kind: 'next_key_too_new', possibleFrom: refused };
  return { kind: 'rotated', keys: await listSigningKeys(context.store.queries) };
}

type Plan<Refusal> = { readonly plan: KeyPlan } | { readonly refusal: Refusal };

/** Carries a plan out, unless there is nothing to do or it is refused: then gives what the plan refused with. */
async function changeKeys<Refusal = never>(
  context: OperationContext,
  makePlan: (keys: readonly SigningKey[]) => Plan<Refusal>,
  event: { readonly type: 'keys.created' | 'keys.rotated'; readonly actor: string },
): Promise<Refusal | undefined> {
  const refusal = await withKeyPairs(context, async (tx, pairs) => {
    const decision = makePlan(await listSigningKeys(tx));
    if ('refusal' in decision) return { done: decision.refusal };
    const { plan } = decision;
    if (isNothing(plan)) return { done: undefined };
    if (pairs.length < pairsNeeded(plan)) return { needs: pairsNeeded(plan) };

    const now = context.clock();
    const activated = await carryOutKeyPlan(tx, plan, pairs, now);
    const { type, actor } = event;
    await audit(context, tx, now, { type, outcome: 'success', actor, target: activated ?? null, caller: null });
    return { done: undefined };
  });
  context.keyRing.forget();
  return refusal;
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
