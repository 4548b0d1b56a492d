import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import type { SignatureAlgorithm } from '../../src/index.ts';
import { NOW } from './issuer.ts';

/** The key of a client, by a library that nobody here wrote. */
export interface ProofKey {
  readonly alg: SignatureAlgorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

export async function makeProofKey(alg: SignatureAlgorithm = 'ES256', modulusLength?: number): Promise<ProofKey> {
  const pair = await generateKeyPair(alg, { extractable: true, ...(modulusLength !== undefined && { modulusLength }) });
  const jwk = await exportJWK(pair.publicKey);
  return { alg, privateKey: pair.privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

export const METHOD = 'GET';
export const URL_OF_REQUEST = 'https://api.example.com/notes/7';

let made = 0;

/** A good proof for {@link URL_OF_REQUEST} at `NOW`, but for what is given. Undefined leaves a claim or header out. */
export async function signProof(key: ProofKey, claims: object = {}, header: object = {}): Promise<string> {
  made += 1;
  const payload = { jti: `proof-${made}`, htm: METHOD, htu: URL_OF_REQUEST, iat: NOW, ...claims };
  const protectedHeader = { alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...header };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as Record<string, unknown>)
    .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)) as typeof protectedHeader)
    .sign(key.privateKey);
}
