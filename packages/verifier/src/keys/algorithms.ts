/**
 * The signature algorithms that a key may name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2), each
 * with the one kind of key that it fits. All are asymmetric: with HMAC a published key would be a
 * signing key (RFC 8725 §2.1), and `none` signs nothing. Neither can be switched on.
 */
export const SIGNATURE_ALGORITHMS = {
  ES256: { kty: 'EC', crv: 'P-256' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
  RS256: { kty: 'RSA', crv: undefined },
  PS256: { kty: 'RSA', crv: undefined },
} as const;

export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS;

/** What a Latchkey server signs with. */
export const DEFAULT_ALGORITHMS: readonly SignatureAlgorithm[] = ['ES256', 'EdDSA', 'RS256'];

export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return Object.hasOwn(SIGNATURE_ALGORITHMS, name);
}
