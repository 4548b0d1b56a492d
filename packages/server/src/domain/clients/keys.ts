import { createHash, createPublicKey } from 'node:crypto';

/** Algorithms that clients' keys are for (RFC 7518 §3.1, RFC 8037 §3.1). */
export const CLIENT_KEY_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
export type ClientKeyAlgorithm = (typeof CLIENT_KEY_ALGORITHMS)[number];

/** What a key that is kept consists of (RFC 7517 §4, RFC 7518 §6). */
export interface PublicJwk {
  readonly kty: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** A public key of a client, as it is kept: written alike whenever it is the same key. */
export interface ClientKey {
  /** The client's own name for it, or its thumbprint (RFC 7638). */
  readonly kid: string;
  /** A {@link PublicJwk}, in JSON. */
  readonly publicJwk: string;
}

export type ClientKeyProblemCode =
  /** Neither a JWK nor a JWK Set, in JSON. */
  | 'bad_key_set'
  | 'too_many_keys'
  | 'no_keys'
  /** Two keys of one name. */
  | 'repeated_key'
  | 'private_key'
  | 'symmetric_key'
  /** RSA of less than 2048 bits, or of an exponent that is not 65537. */
  | 'weak_key'
  /** Another kind of key, curve or algorithm, or one that is not for signatures. */
  | 'unsupported_key'
  | 'bad_kid'
  /** A key whose numbers make no key. */
  | 'malformed_key';

export interface ClientKeyProblem {
  readonly code: ClientKeyProblemCode;
  /** Which key of the set, counted from 1; 0 for the set itself. */
  readonly index: number;
}

export interface ClientKeysReading {
  readonly keys: readonly ClientKey[];
  readonly problems: readonly ClientKeyProblem[];
}

/** Longest key set that is read, in bytes. */
export const MAX_KEY_SET_BYTES = 65_536;
const MAX_KEYS = 20;
/** RFC 7518 §3.3 requires as much. */
const MIN_RSA_BYTES = 256;
/** Larger ones make each signature expensive, for whoever checks it. */
const MAX_RSA_BYTES = 512;
const RSA_EXPONENT = 'AQAB';
/** Members of private keys (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];
const KID = /^[\x20-\x7e]{1,256}$/;

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads public keys: a JWK, or a JWK Set (RFC 7517). Names all that is wrong, and gives the keys that are good; of a
 * key set that others wrote, whoever registers refuses the first and whoever fetches uses the second. Says nothing of
 * who holds the private keys.
 */
export function readClientKeys(text: string): ClientKeysReading {
  const members = keysIn(text);
  if (members === undefined) return refused('bad_key_set');
  if (members.length > MAX_KEYS) return refused('too_many_keys');
  const keys: ClientKey[] = [];
  const problems: ClientKeyProblem[] = [];
  for (const [index, jwk] of members.entries()) {
    const reading = readKey(jwk);
    if (typeof reading === 'string') problems.push({ code: reading, index: index + 1 });
    else keys.push(reading);
  }
  // Nobody could say which of the two is meant, or void once one goes.
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) return refused('repeated_key');
  if (members.length === 0) problems.push({ code: 'no_keys', index: 0 });
  return { keys, problems };
}

function refused(code: ClientKeyProblemCode): ClientKeysReading {
  return { keys: [], problems: [{ code, index: 0 }] };
}

function keysIn(text: string): readonly unknown[] | undefined {
  if (Buffer.byteLength(text) > MAX_KEY_SET_BYTES) return undefined;
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  if ('kty' in json) return [json];
  const { keys } = json;
  return Array.isArray(keys) ? keys : undefined;
}

function readKey(jwk: unknown): ClientKey | ClientKeyProblemCode {
  if (!isObject(jwk)) return 'malformed_key';
  const { kty, use, kid, key_ops: operations } = jwk;
  if (kty === 'oct' || 'k' in jwk) return 'symmetric_key';
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) return 'private_key';
  if (use !== undefined && use !== 'sig') return 'unsupported_key';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'unsupported_key';
  }
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined) return 'unsupported_key';
  if (kid !== undefined && !(typeof kid === 'string' && KID.test(kid))) return 'bad_kid';
  const canonical = canonicalise(jwk);
  if (canonical === undefined) return 'malformed_key';
  if (kty === 'RSA' && !isStrongRsa(canonical)) return 'weak_key';
  const name = kid ?? thumbprint(canonical);
  return { kid: name, publicJwk: JSON.stringify({ ...canonical, kid: name, alg: algorithm, use: 'sig' }) };
}

/** The one algorithm of the key (RFC 8725 §3.1). An RSA key that names none is for RS256. */
function algorithmOf({ kty, crv, alg }: Members): ClientKeyAlgorithm | undefined {
  if (kty === 'EC' && crv === 'P-256') return alg === undefined || alg === 'ES256' ? 'ES256' : undefined;
  // RFC 9864 §2.2: a name of its own for the same.
  if (kty === 'OKP' && crv === 'Ed25519') {
    return alg === undefined || alg === 'EdDSA' || alg === 'Ed25519' ? 'EdDSA' : undefined;
  }
  if (kty !== 'RSA') return undefined;
  if (alg === undefined || alg === 'RS256') return 'RS256';
  return alg === 'PS256' ? 'PS256' : undefined;
}

/** What the key is made of, and nothing else, in the order of RFC 7638 §3.2; undefined where that makes no key. */
function canonicalise(jwk: Members): Readonly<Record<string, string>> | undefined {
  try {
    const { crv, e, kty, n, x, y } = createPublicKey({ key: jwk, format: 'jwk' }).export({
      format: 'jwk',
    });
    return JSON.parse(JSON.stringify({ crv, e, kty, n, x, y })) as Readonly<Record<string, string>>;
  } catch {
    return undefined;
  }
}

function thumbprint(canonical: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url');
}

function isStrongRsa({ n = '', e }: Readonly<Record<string, string>>): boolean {
  const modulus = Buffer.from(n, 'base64url');
  return (
    modulus.length >= MIN_RSA_BYTES &&
    modulus.length <= MAX_RSA_BYTES &&
    (modulus[0] ?? 0) >= 0x80 &&
    e === RSA_EXPONENT
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
