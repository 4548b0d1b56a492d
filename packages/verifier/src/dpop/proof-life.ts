import type { Refusal } from '../errors.ts';
import type { Nonces } from './nonces.ts';
import type { CheckedProof } from './proof.ts';

/** How far the clock of a proof's maker may be from ours, and how old a proof may be (RFC 9449 §4.3, §11.1). */
const PROOF_TOLERANCE_MS = 60_000;

/** How the age of proofs is found out. */
export interface AgeRules {
  /** Nonces that were given out; undefined: none ever was, and what a proof says is not looked at. */
  readonly nonces: Nonces | undefined;
  readonly isNonceRequired: boolean;
}

/**
 * Until when a proof is good, in milliseconds since the epoch, so that its id must be remembered until then. A nonce
 * says it better than the clock of the client, which is not asked then (RFC 9449 §4.3).
 */
export async function decideProofLife(
  { nonce, issuedAtMs }: Pick<CheckedProof, 'nonce' | 'issuedAtMs'>,
  { nonces, isNonceRequired }: AgeRules,
  nowMs: number,
): Promise<{ readonly expiresAtMs: number } | Refusal> {
  if (nonces !== undefined && nonce !== undefined) {
    const expiresAtMs = await nonces.expiryOf(nonce, nowMs);
    return expiresAtMs === undefined ? { refused: 'dpop_nonce_required' } : { expiresAtMs };
  }
  if (isNonceRequired) return { refused: 'dpop_nonce_required' };
  const expiresAtMs = issuedAtMs + PROOF_TOLERANCE_MS;
  const isFresh = nowMs < expiresAtMs && nowMs >= issuedAtMs - PROOF_TOLERANCE_MS;
  return isFresh ? { expiresAtMs } : { refused: 'dpop_proof_claim', claim: 'iat' };
}
