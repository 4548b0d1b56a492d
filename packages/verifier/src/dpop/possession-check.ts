import type { DpopSettings } from '../dpop-options.ts';
import { VerifierError, type Refusal } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { Nonces } from './nonces.ts';
import { ProofOfRequest, type PresentedProof } from './presented-proof.ts';
import { decideProofLife } from './proof-life.ts';
import { readProof, type CheckedProof } from './proof.ts';
import { ReplayMemory } from './replay-memory.ts';
import type { ReplayStore } from './replay-store.ts';

/** A store that forgets a little early would let a proof in again. */
const STORE_MARGIN_MS = 5000;
const RETRY_SECONDS = 5;

/** Whether who shows a token has the key that it is bound to (RFC 9449 §4.3, §7). */
export class PossessionCheck {
  readonly #runtime: Runtime;
  readonly #now: () => number;
  readonly #nonces: Nonces | undefined;
  readonly #proofs: ReplayStore;
  /** Requests that have shown their proof, and the token that it was for. */
  readonly #proved = new WeakMap<ProofOfRequest, string>();

  constructor(runtime: Runtime, settings: DpopSettings, now: () => number) {
    const { nonceSecret, replayStore, replayMemorySize } = settings;
    this.#runtime = runtime;
    this.#now = now;
    this.#nonces = nonceSecret && new Nonces(runtime.macOf(nonceSecret));
    this.#proofs = replayStore ?? new ReplayMemory(replayMemorySize, now);
  }

  /**
   * Uses the proof up, last of all: one that is refused for another reason may come again.
   *
   * @param keyThumbprint - Of the key that the token is bound to; undefined for a token that is not.
   * @throws {VerifierError}
   */
  async require(accessToken: string, keyThumbprint: string | undefined, presented: PresentedProof): Promise<void> {
    const { proof: text, method, url } = presented;
    // RFC 9449 §7.1: a token that anybody may show proves nothing by this scheme.
    if (keyThumbprint === undefined) throw new VerifierError('dpop_token_unbound');
    if (text === undefined) throw new VerifierError('dpop_proof_missing');
    const isOfRequest = presented instanceof ProofOfRequest;
    if (isOfRequest && this.#proved.get(presented) === accessToken) return;
    const nowMs = this.#now();
    const rules = { method, urls: [url].flat(), accessToken, keyThumbprint };
    const proof = accepted(await readProof(text, rules, this.#runtime, nowMs));
    const ageRules = { nonces: this.#nonces, isNonceRequired: this.#nonces !== undefined };
    const life = await decideProofLife(proof, ageRules, nowMs);
    if ('refused' in life && life.refused === 'dpop_nonce_required') {
      throw new VerifierError('dpop_nonce_required', { nonce: await this.#nonces?.current(nowMs) });
    }
    await this.#takeOnce(proof, accepted(life).expiresAtMs);
    if (isOfRequest) this.#proved.set(presented, accessToken);
  }

  async #takeOnce({ keyThumbprint, id }: CheckedProof, expiresAtMs: number): Promise<void> {
    // A thumbprint has one length, so that no two pairs are written alike.
    const hash = await this.#runtime.digest(keyThumbprint + id);
    let use: unknown;
    try {
      use = await this.#proofs.take(keyThumbprint, hash, expiresAtMs + STORE_MARGIN_MS);
    } catch (error) {
      throw new VerifierError('dpop_replay_unknown', { retryAfterSeconds: RETRY_SECONDS, cause: error });
    }
    if (use === 'first') return;
    if (use === 'seen') throw new VerifierError('dpop_proof_replayed');
    throw new VerifierError('dpop_replay_unknown', { retryAfterSeconds: RETRY_SECONDS });
  }
}

function accepted<Good extends object>(verdict: Good | Refusal): Good {
  if ('refused' in verdict) throw new VerifierError(verdict.refused, { claim: verdict.claim });
  return verdict;
}
