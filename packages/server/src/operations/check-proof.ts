import { createHmac } from 'node:crypto';
import { decideProofLife, Nonces, readProof, type CheckedProof } from '@latchkey/verifier/dpop';
import { MINUTE_MS } from '../domain/instant.ts';
import { takeTokenId } from '../storage/used-token-ids.ts';
import { takeAttempt, type Attempt, type AttemptKey } from './attempts.ts';
import type { OperationContext } from './context.ts';

/** Ids are kept for longer than a proof is good: the clock of another node may be behind. */
const KEPT_LONGER_MS = MINUTE_MS;

/** A proof of possession, and what it must be for (RFC 9449 §4.3). */
export interface PresentedProof {
  /** The value of the `DPoP` header. */
  readonly text: string;
  readonly method: string;
  /** Of this server by its issuer, whatever the request says of its host. */
  readonly url: string;
  /** The access token that it came with; undefined where it came without. */
  readonly accessToken: string | undefined;
  /** Thumbprint of the one key that it may be of; undefined: of any. */
  readonly keyThumbprint: string | undefined;
  readonly isNonceRequired: boolean;
  /** What it counts against until its request has come to something; undefined where it is known who sent it. */
  readonly counted?: AttemptKey | undefined;
}

export interface ProvedKey {
  readonly kind: 'proved';
  readonly keyThumbprint: string;
  /** To be given back once the request has come to something. */
  readonly attempt?: Attempt | undefined;
}

export type ProofVerdict =
  | ProvedKey
  /** Why, for the log only. */
  | { readonly kind: 'invalid_dpop_proof'; readonly reason: string }
  | { readonly kind: 'use_dpop_nonce'; readonly reason: string };

/**
 * Checks a proof of possession and uses it up: of any number of calls at once, on any number of nodes, one is believed.
 * A proof that is refused is not used up, and writes nothing.
 *
 * @throws {@link TooManyAttemptsError} where too many that were counted came to nothing.
 */
export async function checkProof(context: OperationContext, presented: PresentedProof): Promise<ProofVerdict> {
  const { text, method, url, accessToken, keyThumbprint, isNonceRequired, counted } = presented;
  const now = context.clock();
  const proof = await readProof(text, { method, urls: [url], accessToken, keyThumbprint }, now);
  if ('refused' in proof) return { kind: 'invalid_dpop_proof', reason: reasonOf(proof) };
  const life = await decideProofLife(proof, { nonces: noncesOf(context), isNonceRequired }, now);
  if ('refused' in life) {
    const kind = life.refused === 'dpop_nonce_required' ? 'use_dpop_nonce' : 'invalid_dpop_proof';
    return { kind, reason: reasonOf(life) };
  }
  const attempt = counted && (await takeAttempt(context, counted));
  const verdict = await takeProof(context, proof, life.expiresAtMs);
  return verdict.kind === 'proved' ? { ...verdict, attempt } : verdict;
}

async function takeProof(
  { store }: OperationContext,
  { keyThumbprint, id }: CheckedProof,
  expiresAt: number,
): Promise<ProofVerdict> {
  const use = {
    kind: 'dpop_proof',
    owner: keyThumbprint,
    id,
    expiresAt: Math.ceil(expiresAt) + KEPT_LONGER_MS,
  } as const;
  const isFirst = await store.transaction((tx) => takeTokenId(tx, use));
  return isFirst ? { kind: 'proved', keyThumbprint } : { kind: 'invalid_dpop_proof', reason: 'dpop_proof_replayed' };
}

/** The nonce to give out now (RFC 9449 §8): every node knows it, and none keeps it. */
export function currentNonce(context: OperationContext): Promise<string> {
  return noncesOf(context).current(context.clock());
}

function noncesOf({ keys }: OperationContext): Nonces {
  return new Nonces((text) => createHmac('sha256', keys.dpopNonceMac).update(text).digest('base64url'));
}

function reasonOf({ refused, claim }: { readonly refused: string; readonly claim?: string }): string {
  return claim === undefined ? refused : `${refused} ${claim}`;
}
