import type { Instant } from '../instant.ts';

/** Algorithms that tokens are signed with (RFC 7518 §3.1, RFC 9864 for the EdDSA curves). */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/**
 * next: published, so that verifiers know it before it signs · active: signs · retired: published until the
 * last token that it signed has expired.
 */
export type SigningKeyState = 'next' | 'active' | 'retired';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: SigningKeyState;
  /** The public key as a JWK, with `kid`, `alg` and `use`, in JSON. */
  readonly publicJwk: string;
  /** The private JWK, encrypted under the master secret. */
  readonly privateSealed: Uint8Array;
  readonly createdAt: Instant;
  readonly activatedAt: Instant | null;
  readonly retiredAt: Instant | null;
}
