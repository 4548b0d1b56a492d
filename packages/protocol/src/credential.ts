/**
 * The rotating session credential, as text:
 *
 * `prefix ‖ base64url(version ‖ key id ‖ session id ‖ generation ‖ attempt ‖ mac) ‖ base64url(crc32)`
 *
 * The checksum covers the prefix and the body. It keeps no secret: it lets scanners recognise a
 * leaked credential, and a truncated one be refused before any lookup.
 */
export type CredentialCarrier = 'cookie' | 'refresh_token';

/** Tells the carriers apart: a cookie is never accepted as a refresh token, nor the reverse. */
export const CREDENTIAL_PREFIXES: Readonly<Record<CredentialCarrier, string>> = {
  cookie: 'lks_',
  refresh_token: 'lkr_',
};

export const CREDENTIAL_VERSION = 1;

/** Lengths in bytes of the fields, in their order. Integers are unsigned and big-endian. */
export const CREDENTIAL_LAYOUT = {
  version: 1,
  keyId: 1,
  sessionId: 16,
  generation: 4,
  attempt: 2,
  mac: 32,
  checksum: 4,
} as const;
