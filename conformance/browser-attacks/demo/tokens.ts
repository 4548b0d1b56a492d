import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, generateKeyPair, jwtVerify, SignJWT, type CryptoKey } from 'jose';

/** An hour, as many have it. */
const TOKEN_LIFE_SECONDS = 3600;

/** What the demo signs for its users: nothing can be done about one before it expires. */
export interface DemoTokens {
  sign(user: string, site: string, proof?: { readonly jwt: string; readonly url: string }): Promise<string>;
  /** The user, or undefined; bound tokens need a proof that was not there before (RFC 9449). */
  read(
    token: string,
    proof?: { readonly jwt: string; readonly method: string; readonly url: string },
  ): Promise<string | undefined>;
}

export async function createDemoTokens(): Promise<DemoTokens> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const seen = new Set<string>();
  return {
    sign: async (user, site, proof) => {
      const jkt = proof && (await checkProof(proof.jwt, { method: 'POST', url: proof.url, seen }));
      return new SignJWT({ email: `${user}@${site}`, scope: 'shop', ...(jkt && { cnf: { jkt } }) })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'demo-1' })
        .setIssuer(`https://app.${site}`)
        .setAudience(`https://app.${site}`)
        .setSubject(user)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${TOKEN_LIFE_SECONDS}s`)
        .sign(privateKey);
    },
    read: async (token, proof) => {
      try {
        return await readToken(token, publicKey, proof && { ...proof, seen });
      } catch {
        return undefined;
      }
    },
  };
}

interface ProofCheck {
  readonly method: string;
  readonly url: string;
  readonly token?: string;
  readonly seen: Set<string>;
}

async function readToken(
  token: string,
  key: CryptoKey,
  proof?: ProofCheck & { readonly jwt: string },
): Promise<string> {
  const { payload } = await jwtVerify<{ cnf?: { jkt: string } }>(token, key);
  if (payload.cnf && (!proof || (await checkProof(proof.jwt, { ...proof, token })) !== payload.cnf.jkt)) {
    throw new Error('Not the key');
  }
  return payload.sub ?? '';
}

/** RFC 9449 §4.3, as far as the demo needs it. @returns the thumbprint of the proof's key */
async function checkProof(jwt: string, { method, url, token, seen }: ProofCheck): Promise<string> {
  const { payload, protectedHeader } = await jwtVerify(jwt, EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: '60s' });
  const hash = token && createHash('sha256').update(token).digest('base64url');
  const fits = payload['htm'] === method && payload['htu'] === url && payload['ath'] === hash;
  if (!fits || !payload.jti || seen.has(payload.jti) || !protectedHeader.jwk) throw new Error('Not a proof for this');
  seen.add(payload.jti);
  return calculateJwkThumbprint(protectedHeader.jwk);
}
