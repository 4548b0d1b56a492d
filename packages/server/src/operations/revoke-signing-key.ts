import { planRevocation } from '../domain/keys/lifecycle.ts';
import type { SigningKey, SigningKeyState } from '../domain/keys/signing-key.ts';
import { deleteSigningKey, listSigningKeys } from '../storage/signing-keys.ts';
import { carryOutKeyPlan, pairsNeeded, withKeyPairs } from './carry-out-key-plan.ts';
import { audit, revoke, type OperationContext } from './context.ts';

export type RevokeSigningKeyResult =
  | {
      readonly kind: 'revoked';
      /** What the key was. */
      readonly was: SigningKeyState;
      /** The key that signs now, where it is another than before. */
      readonly signsNow: string | undefined;
      /** The keys as they are now, the newest first. */
      readonly keys: readonly SigningKey[];
    }
  | { readonly kind: 'unknown' };

/**
 * For a key that somebody else may know: from now on nothing that it signed is accepted. Its row goes; where it was
 * the active one, the next one signs, and there is always another next one. Verifiers drop the key by its event.
 * Nobody waits until they know the key that signs now: what it signs they refuse for a moment at worst.
 */
export async function revokeSigningKey(
  context: OperationContext,
  kid: string,
  actor: string,
): Promise<RevokeSigningKeyResult> {
  const result = await withKeyPairs<RevokeSigningKeyResult>(context, async (tx, pairs) => {
    const keys = await listSigningKeys(tx);
    const key = keys.find((each) => each.kid === kid);
    if (key === undefined) return { done: { kind: 'unknown' } };
    const plan = planRevocation(keys, kid, context.policy.signingAlgorithm);
    if (pairs.length < pairsNeeded(plan)) return { needs: pairsNeeded(plan) };

    const now = context.clock();
    // First: there is one active and one next key at a time.
    await deleteSigningKey(tx, kid);
    const signsNow = await carryOutKeyPlan(tx, plan, pairs, now);
    await audit(context, tx, now, {
      type: 'keys.revoked',
      outcome: 'success',
      actor,
      target: kid,
      caller: null,
      details: { was: key.state, ...(signsNow !== undefined && { signs_now: signsNow }) },
    });
    const left = await listSigningKeys(tx);
    await revoke(context, tx, now, { kind: 'key', key: kid });
    return { done: { kind: 'revoked', was: key.state, signsNow, keys: left } };
  });
  context.keyRing.forget();
  return result;
}
