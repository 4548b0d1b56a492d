import type { Client } from '../clients/client.ts';

/** Whether all of the client's requests for tokens need a proof (RFC 9449 §5.2). */
export function isProofRequired({ dpopBound }: Pick<Client, 'dpopBound'>): boolean {
  return dpopBound;
}

/**
 * Whether its proofs need a nonce of ours (RFC 9449 §8). A public client has nothing but its key to be known by: who
 * could use that for a moment, such as a script in its page, must not leave with proofs for later. Others have their
 * secret besides.
 */
export function isNonceRequired({ authMethod }: Pick<Client, 'authMethod'>): boolean {
  return authMethod === 'none';
}

/** What a client's refresh token is bound to: for a confidential one the client itself is enough (RFC 9449 §5). */
export function refreshTokenKey(
  { authMethod }: Pick<Client, 'authMethod'>,
  keyThumbprint: string | undefined,
): string | null {
  return authMethod === 'none' ? (keyThumbprint ?? null) : null;
}
