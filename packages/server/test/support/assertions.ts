/** Clients that sign: keys of theirs, JWTs as they should be, and where their keys are fetched from. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { CLIENT_ASSERTION_TYPE } from '../../src/domain/clients/assertion.ts';
import { JWT_BEARER_GRANT } from '../../src/domain/clients/client.ts';

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey | Uint8Array;
}

export async function newTestKey(kid = 'k', alg = 'ES256'): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, publicJwk: { ...(await exportJWK(publicKey)), kid, alg }, privateKey };
}

/** A client's secret, to sign with. */
export function secretKey(secret: string): TestKey {
  return { kid: '', alg: 'HS256', publicJwk: { kty: 'oct' }, privateKey: Buffer.from(secret) };
}

export function keySet(...keys: readonly TestKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
}

/** Of what the signer says, `undefined` leaves out what is there otherwise. */
export interface AssertionOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A JWT by which a client proves who it is, or asks for a token: as RFC 7523 §3 wants it, but for what is changed. */
export async function signAssertion(
  key: TestKey,
  { clientId, issuer, now }: { readonly clientId: string; readonly issuer: string; readonly now: number },
  { claims = {}, header = {} }: AssertionOptions = {},
): Promise<string> {
  const iat = Math.floor(now / 1000);
  const payload = { iss: clientId, sub: clientId, aud: issuer, iat, exp: iat + 60, jti: randomUUID(), ...claims };
  const ofKey = key.kid === '' ? {} : { kid: key.kid };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as JWTPayload)
    .setProtectedHeader(JSON.parse(JSON.stringify({ alg: key.alg, ...ofKey, ...header })) as { alg: string })
    .sign(key.privateKey);
}

export function clientAssertion(jwt: string): Readonly<Record<string, string>> {
  return { client_assertion_type: CLIENT_ASSERTION_TYPE, client_assertion: jwt };
}

export function grantAssertion(jwt: string): Readonly<Record<string, string>> {
  return { grant_type: JWT_BEARER_GRANT, assertion: jwt };
}

export interface KeySetServer extends AsyncDisposable {
  readonly url: string;
  /** What it answers from now on. */
  answer(body: string, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Keeps back what it has to say to the next who asks, until that is let go; gives how. */
  hold(): () => void;
  /** How often it was asked. */
  asked(): number;
}

/** A server on this machine that gives out a key set. */
export async function startKeySetServer(initialBody: string): Promise<KeySetServer> {
  let answer: { body: string; status: number; headers: Readonly<Record<string, string>> } = {
    body: initialBody,
    status: 200,
    headers: {},
  };
  let asked = 0;
  let held: Promise<void> | undefined;
  const server = createServer((_request, response) => {
    asked += 1;
    const { body, status, headers } = answer;
    const until = held;
    held = undefined;
    void Promise.resolve(until).then(() => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jwks`,
    answer: (next, status = 200, headers = {}) => {
      answer = { body: next, status, headers };
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    asked: () => asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
