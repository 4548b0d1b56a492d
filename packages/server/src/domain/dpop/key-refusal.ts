/** Why who asks may not use what is bound to a key. */
export type KeyRefusal =
  | { readonly kind: 'invalid_dpop_proof'; readonly reason: 'proof_missing' }
  | { readonly kind: 'invalid_grant'; readonly reason: 'other_key' };

const JWK_THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** SHA-256 in base64url (RFC 9449 §10). */
export function isKeyThumbprint(text: string): boolean {
  return JWK_THUMBPRINT.test(text);
}

/**
 * Decides whether a code or a refresh token may be used (RFC 9449 §5, §10). What is bound to no key may be used with
 * any, and without one.
 *
 * @param boundTo - Thumbprint of the key that it is bound to; null: of none.
 * @param shown - Thumbprint of the key that was proved; undefined: none was.
 */
export function keyRefusal(boundTo: string | null, shown: string | undefined): KeyRefusal | undefined {
  if (boundTo === null || boundTo === shown) return undefined;
  return shown === undefined
    ? { kind: 'invalid_dpop_proof', reason: 'proof_missing' }
    : { kind: 'invalid_grant', reason: 'other_key' };
}
