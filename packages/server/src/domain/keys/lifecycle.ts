import { MINUTE_MS, SECOND_MS, type Instant } from '../instant.ts';
import type { SigningAlgorithm, SigningKey } from './signing-key.ts';

/** How long verifiers may hold the key set before they ask again. */
export const KEY_SET_MAX_AGE_SECONDS = 300;

/** Clock skew that verifiers allow for, and the time that a token takes from being signed to being sent. */
const SKEW_MS = MINUTE_MS;

type KeyFacts = Pick<SigningKey, 'kid' | 'state' | 'algorithm' | 'retiredAt'>;

/** What is to be done to the keys, in this order: retire, activate, create a next one. */
export interface KeyPlan {
  readonly retire: readonly string[];
  /** The kid of the key that signs from now on, or `create` for a new one; undefined for no change. */
  readonly activate: string | undefined;
  readonly createNext: boolean;
}

/**
 * What is missing at start. An active and a next key of the configured algorithm must be there; where the
 * setting names another algorithm than before, the keys of the old one retire.
 */
export function planAtStart(keys: readonly KeyFacts[], algorithm: SigningAlgorithm): KeyPlan {
  const outdated = keys.filter((key) => key.state !== 'retired' && key.algorithm !== algorithm).map((key) => key.kid);
  const current = keys.filter((key) => key.algorithm === algorithm);
  const next = current.find((key) => key.state === 'next');
  if (current.some((key) => key.state === 'active')) {
    return { retire: outdated, activate: undefined, createNext: next === undefined };
  }
  return { retire: outdated, activate: next?.kid ?? 'create', createNext: true };
}

/** A rotation: the active key retires, the next one signs from now on, and another becomes next. */
export function planRotation(keys: readonly KeyFacts[], algorithm: SigningAlgorithm): KeyPlan {
  const start = planAtStart(keys, algorithm);
  if (start.activate !== undefined) return start;
  const active = keys.filter((key) => key.state === 'active' && key.algorithm === algorithm).map((key) => key.kid);
  const next = keys.find((key) => key.state === 'next' && key.algorithm === algorithm);
  return { retire: [...start.retire, ...active], activate: next?.kid ?? 'create', createNext: true };
}

/** What a key that is revoked leaves to be done: where it was the active or the next one, another takes its place. */
export function planRevocation(keys: readonly KeyFacts[], kid: string, algorithm: SigningAlgorithm): KeyPlan {
  return planAtStart(
    keys.filter((key) => key.kid !== kid),
    algorithm,
  );
}

/** From when on every verifier knows the key: the key set that it holds is newer, whichever node gave it out. */
export function knownFrom({ createdAt }: Pick<SigningKey, 'createdAt'>): Instant {
  return createdAt + KEY_SET_MAX_AGE_SECONDS * SECOND_MS + SKEW_MS;
}

/** Whether no token that the key signed can be alive any more, so that its row may go. */
export function isSpent(key: KeyFacts, maxTokenTtlSeconds: number, now: Instant): boolean {
  return key.retiredAt !== null && now >= key.retiredAt + maxTokenTtlSeconds * SECOND_MS + SKEW_MS;
}
