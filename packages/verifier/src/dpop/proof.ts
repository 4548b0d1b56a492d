import type { Refusal } from '../errors.ts';
import { isSignatureAlgorithm, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../keys/algorithms.ts';
import type { Runtime } from '../runtime.ts';
import { splitCompactJws } from '../token/compact-jws.ts';
import { parseJsonObject, type JsonObject } from '../token/json-object.ts';
import { readEmbeddedKey, thumbprintOf } from './embedded-key.ts';
import { normaliseUrl } from './normalise-url.ts';

/** All that proofs may be signed with; clients choose. */
export const PROOF_ALGORITHMS = Object.keys(SIGNATURE_ALGORITHMS) as readonly SignatureAlgorithm[];

const PROOF_TYPE = 'dpop+jwt';
/** Room for an RSA key of 4,096 bits, its signature and a long URL. */
const MAX_PROOF_LENGTH = 8192;
/** Ids and nonces are remembered and compared. */
const MAX_ID_LENGTH = 256;

/** What a proof must be for. */
export interface ProofRules {
  readonly method: string;
  /**
   * Of the request, as clients see it, by each name that the server has. Never made from what a request says of its
   * host.
   */
  readonly urls: readonly string[];
  /** The access token that it came with; undefined where it came without. */
  readonly accessToken: string | undefined;
  /** Thumbprint of the one key that it may be of; undefined: of any. */
  readonly keyThumbprint: string | undefined;
}

/** A proof that was signed with its key for this request. Whether it is fresh, and the first with its id, is open. */
export interface CheckedProof {
  /** Thumbprint of its key: the `jkt` of tokens that are bound to it. */
  readonly keyThumbprint: string;
  readonly id: string;
  readonly issuedAtMs: number;
  readonly nonce: string | undefined;
}

/**
 * Reads a proof of possession and checks it by RFC 9449 §4.3, but for its age, its nonce and a second use.
 *
 * @param text - The value of the DPoP header. Where several were joined, the text is no JWT.
 */
export async function readProof(
  text: string,
  rules: ProofRules,
  runtime: Runtime,
  nowMs: number,
): Promise<CheckedProof | Refusal> {
  const jws = splitCompactJws(text, MAX_PROOF_LENGTH);
  if ('refused' in jws) return { refused: 'dpop_proof_malformed' };
  const [header, payload] = [readSegment(jws.header, runtime), readSegment(jws.payload, runtime)];
  const signature = runtime.decodeBase64Url(jws.signature);
  if (header === undefined || payload === undefined || signature === undefined) {
    return { refused: 'dpop_proof_malformed' };
  }
  const { alg } = header;
  if (!isProofHeader(header) || typeof alg !== 'string' || !isSignatureAlgorithm(alg)) {
    return { refused: 'dpop_proof_header' };
  }
  const key = readEmbeddedKey(header['jwk'], alg, runtime);
  if (key === undefined) return { refused: 'dpop_proof_key' };
  const keyThumbprint = await thumbprintOf(key, runtime);
  // Before the signature: whoever has no more than the token learns nothing, and costs little.
  if (rules.keyThumbprint !== undefined && rules.keyThumbprint !== keyThumbprint)
    return { refused: 'dpop_key_mismatch' };

  const verifySignature = await runtime.importPublicKey(key, alg);
  if (verifySignature === undefined) return { refused: 'dpop_proof_key' };
  if (!(await verifySignature(jws.signingInput, signature))) return { refused: 'dpop_proof_signature' };

  const { accessToken } = rules;
  const tokenHash = accessToken === undefined ? undefined : await runtime.digest(accessToken);
  const claim = findWrongClaim(payload, rules, tokenHash, nowMs);
  if (claim !== undefined) return { refused: 'dpop_proof_claim', claim };
  // Their types have been checked just now.
  const { jti, iat, nonce } = payload as { jti: string; iat: number; nonce?: string };
  return { keyThumbprint, id: jti, issuedAtMs: iat * 1000, nonce };
}

function readSegment(text: string, runtime: Runtime): JsonObject | undefined {
  const bytes = runtime.decodeBase64Url(text);
  return bytes && parseJsonObject(bytes);
}

/**
 * RFC 9449 §4.2: of this type, so that no other JWT of the key passes for one; RFC 7515 §4.1.11: without extensions.
 */
function isProofHeader(header: JsonObject): boolean {
  return header['typ'] === PROOF_TYPE && !['crit', 'b64', 'jku', 'x5u', 'x5c'].some((name) => name in header);
}

/**
 * The first claim that is wrong (RFC 9449 §4.2, §4.3). Pure.
 *
 * @param tokenHash - SHA-256 of the access token that came with it, in base64url; undefined where none did.
 */
function findWrongClaim(
  payload: JsonObject,
  { method, urls }: Pick<ProofRules, 'method' | 'urls'>,
  tokenHash: string | undefined,
  nowMs: number,
): string | undefined {
  const { jti, htm, htu, iat, ath, nonce, exp, nbf } = payload;
  if (!isId(jti)) return 'jti';
  if (nonce !== undefined && !isId(nonce)) return 'nonce';
  if (htm !== method) return 'htm';
  const target = typeof htu === 'string' ? normaliseUrl(htu) : undefined;
  if (target === undefined || !urls.some((url) => normaliseUrl(url) === target)) return 'htu';
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return 'iat';
  // RFC 9449 §4.3: with a token the proof is for that token alone.
  if (tokenHash !== undefined && ath !== tokenHash) return 'ath';
  // Not asked for, but where they are, they count (RFC 7519 §4.1.4, §4.1.5).
  if (exp !== undefined && !(typeof exp === 'number' && nowMs < exp * 1000)) return 'exp';
  if (nbf !== undefined && !(typeof nbf === 'number' && nowMs >= nbf * 1000)) return 'nbf';
  return undefined;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID_LENGTH;
}
