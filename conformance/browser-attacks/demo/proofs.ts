import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Proofs of possession (RFC 9449) by a key that no script can take out of the page. */
export interface Proofs {
  /** The `DPoP` header of a request; with the token that it carries, if any. */
  prove(method: string, url: string, token?: string): Promise<string>;
}

export async function createProofs(): Promise<Proofs> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: false });
  const jwk = await exportJWK(publicKey);
  return {
    prove: async (htm, htu, token) => {
      const hash = token && (await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
      return new SignJWT({ htm, htu, ...(hash && { ath: base64url.encode(new Uint8Array(hash)) }) })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .sign(privateKey);
    },
  };
}
