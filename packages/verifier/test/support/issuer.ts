import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createVerifier, type SignatureAlgorithm, type Verifier, type VerifierOptions } from '../../src/index.ts';

export const ISSUER = 'https://auth.example.com';
export const AUDIENCE = 'https://api.example.com';
/** The time of every test, in seconds since the epoch. */
export const NOW = 1_800_000_000;

/** Claims of a token that is good at `NOW`. */
export const CLAIMS = {
  iss: ISSUER,
  sub: 'usr_01',
  aud: AUDIENCE,
  exp: NOW + 600,
  iat: NOW,
  jti: 'token-1',
  client_id: 'latchkey',
  scope: 'notes:read notes:write',
  auth_time: NOW - 60,
  amr: ['pwd'],
  sid: 'ses_01',
  sv: 3,
  br: '0.0',
} as const;

/** A signing key of an issuer, and its public part as it is published. */
export interface TestKey {
  readonly kid: string;
  readonly alg: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

export async function makeKey(alg: SignatureAlgorithm, kid: string): Promise<TestKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const privateJwk = await exportJWK(pair.privateKey);
  return {
    kid,
    alg,
    privateKey: createPrivateKey({ key: { ...privateJwk }, format: 'jwk' }),
    publicJwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' },
  };
}

export function base64url(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

/** A token with exactly this header and payload, right or wrong; only the signature is always right. */
export function signTexts(key: TestKey, header: string | Uint8Array, payload: string | Uint8Array): string {
  const signingInput = `${base64url(header)}.${base64url(payload)}`;
  return `${signingInput}.${base64url(signBytes(key, Buffer.from(signingInput)))}`;
}

export function signBytes({ alg, privateKey }: TestKey, data: Uint8Array): Buffer {
  switch (alg) {
    case 'ES256':
      return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    case 'PS256':
      return sign('sha256', data, { key: privateKey, padding: 6, saltLength: 32 });
    case 'RS256':
      return sign('sha256', data, privateKey);
    default:
      return sign(null, data, privateKey);
  }
}

/** A good token, but for what is given. A claim or header set to undefined is left out. */
export function signToken(key: TestKey, claims: object = {}, header: object = {}): string {
  return signTexts(
    key,
    JSON.stringify({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header }),
    JSON.stringify({ ...CLAIMS, ...claims }),
  );
}

/** A key set that a test can change, behind the `fetch` option, with its clock. */
export class TestIssuer {
  /** Members of the key set, or what happens instead of an answer. */
  keys: unknown[];
  answer: () => Promise<Response>;
  fetches = 0;
  /** For which platform verifiers are made. */
  create = createVerifier;
  nowMs = NOW * 1000;
  monotonicMs = 0;

  constructor(...keys: readonly TestKey[]) {
    this.keys = keys.map((key) => key.publicJwk);
    this.answer = () => Promise.resolve(Response.json({ keys: this.keys }));
  }

  createVerifier(options: Partial<VerifierOptions> = {}): Verifier {
    return this.create({
      issuer: ISSUER,
      audience: AUDIENCE,
      now: () => this.nowMs,
      monotonicNow: () => this.monotonicMs,
      fetch: () => {
        this.fetches += 1;
        return this.answer();
      },
      ...(options.client === undefined && { revocation: 'none' as const }),
      ...options,
    });
  }

  /** Both clocks go on. */
  pass(seconds: number): void {
    this.nowMs += seconds * 1000;
    this.monotonicMs += seconds * 1000;
  }
}

/** The code with which a promise rejects; anything but a coded error fails the test. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error && error.name === 'VerifierError' && 'code' in error) return String(error.code);
    throw error;
  }
  return 'accepted';
}
