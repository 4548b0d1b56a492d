import type { JWK } from 'jose';

/** Its other half was thrown away when it was made. */
const RSA: JWK = {
  kty: 'RSA',
  n: 'w2RWEz3mur0UbLBpbYm8zCoJQDPJNVlBIItZatByv9VD45E4hurzUbKjumLK6yrN5DGm44QifkYlJMGRpu5lA9mZPRFtZT2RfB4N29kOfl2yPrDnHz7s6ABYr6v07ALLYaDCVekaDpEqkJkpjMgAVwcyIwFrYb8rXPOuGhqynPVnM6XPVvG7TklgeagqP8jI70qgyzSCF1EK24xzbZiIw_sAe9yIYFJ6nnLYiAeXzKYz_UB_Up9ph8KT4OadaLvVIMAiXUVfBOnlTnyagjSXeDuCGM0WFXBLws5MLQT6lP3dDYUlF73Bqk0TBZq6s0AKnKBttF71aDutXz905BlxOQ',
  e: 'AQAB',
};
const ED25519: JWK = { kty: 'OKP', crv: 'Ed25519', x: 'JFAANMK8yBgB9qInHvtXFdy60pM8v6LfLddu4NqAeEI' };

/**
 * A key for each algorithm, for assertions of clients that do not exist: to check them takes as long as for any other,
 * and whatever comes of it is refused.
 */
export const DECOY_KEYS: Readonly<Record<string, JWK | Uint8Array>> = {
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    x: 'wpO9Tsh8QLW9_jbTJngUenQBWNfXOtMRmWEb_65qVdY',
    y: '-UVna-PAOs9sbo1pgxMnxandC5VjRZgwlcu5UUzG118',
  },
  EdDSA: ED25519,
  Ed25519: ED25519,
  RS256: RSA,
  PS256: RSA,
  HS256: new Uint8Array(53),
};
