import { generateKeyPairSync, randomBytes, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { ACCESS_TOKEN_TYPE, FIRST_PARTY_CLIENT_ID, type AccessTokenClaims } from '@latchkey/protocol';

export const ISSUER = 'https://id.bench.example';
export const AUDIENCE = 'https://api.bench.example';

export type BenchAlgorithm = 'ES256' | 'EdDSA' | 'RS256';

/** The public half of an issuer, as its resource servers know it. */
export interface PublicIssuer {
  readonly algorithm: BenchAlgorithm;
  readonly jwk: JsonWebKey & { readonly kid: string; readonly alg: string };
  readonly pem: string;
}

export interface Issuer extends PublicIssuer {
  issue(count: number): Promise<string[]>;
  issueFor(sessionId: AccessTokenClaims['sid'] & string): Promise<string>;
  /** A token that everything is right with but its audience. */
  issueForAnother(): Promise<string>;
}

const TTL_SECONDS = 1800;
const KEY_ID = 'bench-key-1';
const signInThreadPool = promisify(sign);

/** Makes tokens of the form and size of Latchkey's own. */
export function createIssuer(algorithm: BenchAlgorithm): Issuer {
  const { privateKey, publicKey } = newKeyPair(algorithm);
  const header = encode({ alg: algorithm, kid: KEY_ID, typ: ACCESS_TOKEN_TYPE });
  const digest = algorithm === 'EdDSA' ? null : 'sha256';

  async function signToken(claims: AccessTokenClaims): Promise<string> {
    const input = `${header}.${encode(claims)}`;
    // RFC 7518 §3.4: r and s side by side.
    const signature = await signInThreadPool(digest, Buffer.from(input), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${input}.${signature.toString('base64url')}`;
  }

  return {
    algorithm,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: algorithm, use: 'sig' },
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    issue: (count) => Promise.all(Array.from({ length: count }, () => signToken(newClaims(AUDIENCE)))),
    issueFor: (sid) => signToken({ ...newClaims(AUDIENCE), sid }),
    issueForAnother: () => signToken(newClaims('https://other.bench.example')),
  };
}

/** The claims that Latchkey puts into the access token of a signed-in user, in its order. */
function newClaims(audience: string): AccessTokenClaims {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    sub: `usr_${randomBytes(16).toString('hex')}`,
    aud: audience,
    exp: nowSeconds + TTL_SECONDS,
    iat: nowSeconds,
    jti: randomBytes(16).toString('base64url'),
    client_id: FIRST_PARTY_CLIENT_ID,
    scope: 'openid profile email',
    auth_time: nowSeconds,
    amr: ['pwd'],
    sid: `ses_${randomBytes(16).toString('hex')}`,
    sv: 1,
    br: '0.0',
  };
}

function newKeyPair(algorithm: BenchAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The same token with one bit of its signature turned over. */
export function forge(token: string): string {
  const signatureStart = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(signatureStart), 'base64url');
  signature[0] = (signature[0] ?? 0) ^ 1;
  return token.slice(0, signatureStart) + signature.toString('base64url');
}
