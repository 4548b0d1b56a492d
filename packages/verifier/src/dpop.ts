import { readProof as readProofOn, type CheckedProof, type ProofRules } from './dpop/proof.ts';
import type { Refusal } from './errors.ts';
import { nodeRuntime } from './runtime-node.ts';

/** The check of proofs by itself, on Node, for who binds tokens to keys: the authorization server. */
export function readProof(text: string, rules: ProofRules, nowMs: number): Promise<CheckedProof | Refusal> {
  return readProofOn(text, rules, nodeRuntime, nowMs);
}

export { Nonces } from './dpop/nonces.ts';
export { decideProofLife, type AgeRules } from './dpop/proof-life.ts';
export { PROOF_ALGORITHMS, type CheckedProof, type ProofRules } from './dpop/proof.ts';
