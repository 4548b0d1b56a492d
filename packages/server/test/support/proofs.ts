/** Keys of clients, and proofs that they have them (RFC 9449), by a library that nobody here wrote. */
import { createHash } from 'node:crypto';
import { ROUTES } from '@latchkey/protocol';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { TestClient } from './clients.ts';
import type { TestServer } from './test-server.ts';

export interface ProofKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

export async function makeProofKey(alg = 'ES256'): Promise<ProofKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(pair.publicKey);
  return { alg, privateKey: pair.privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

let made = 0;

/** A good proof for the token endpoint, but for what is given. Undefined leaves a claim or a header out. */
export async function proofFor(
  { issuer, operations }: Pick<TestServer, 'issuer' | 'operations'>,
  key: ProofKey,
  claims: object = {},
  header: object = {},
): Promise<string> {
  made += 1;
  const iat = Math.floor(operations.clock() / 1000);
  const payload = { jti: `proof-${made}`, htm: 'POST', htu: issuer + ROUTES.token, iat, ...claims };
  const protectedHeader = { alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...header };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as Record<string, unknown>)
    .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)) as typeof protectedHeader)
    .sign(key.privateKey);
}

/** What a proof says of the access token that it comes with (RFC 9449 §4.2). */
export function tokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url');
}

type Fields = Readonly<Record<string, string>>;

/** Sends a form to the token endpoint as the client, with a proof, if there is one. */
export async function askWithProof(
  server: Pick<TestServer, 'request'>,
  client: TestClient,
  fields: Fields,
  proof: string | undefined,
): Promise<Response> {
  const isPublic = client.secret === '';
  return server.request(ROUTES.token, {
    form: Object.entries(isPublic ? { client_id: client.id, ...fields } : fields),
    headers: {
      ...(!isPublic && { Authorization: client.basic }),
      ...(proof !== undefined && { DPoP: proof }),
    },
  });
}
