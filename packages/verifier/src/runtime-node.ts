import { Buffer } from 'node:buffer';
import { constants, createHmac, createPublicKey, hash, verify, type KeyObject, type SigningOptions } from 'node:crypto';
import { derOfEs256 } from './ecdsa-der.ts';
import type { SignatureAlgorithm } from './keys/algorithms.ts';
import type { Mac, Runtime, VerifySignature } from './runtime.ts';
import type { JsonObject } from './token/json-object.ts';

/**
 * Node's own crypto, called synchronously: a check takes less time than a way through the thread
 * pool costs under load. Outside the adapters only this file and `ecdsa-der.ts` have `node:` imports.
 */
export const nodeRuntime: Runtime = { decodeBase64Url, importPublicKey, digest: sha256, macOf };

interface SignatureCheck {
  readonly digest: string | null;
  /** Undefined where the key says it all. */
  readonly options: SigningOptions | undefined;
}

/** RFC 8037 §3.1: Ed25519 hashes by itself. */
const ED25519: SignatureCheck = { digest: null, options: undefined };

const SIGNATURE_CHECKS: Readonly<Record<SignatureAlgorithm, SignatureCheck>> = {
  // RFC 7518 §3.4: r and s side by side, never DER. Node refuses every other length than 64.
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: ED25519,
  Ed25519: ED25519,
  // RFC 7518 §3.3: PKCS #1 v1.5 is Node's default. To name it would cost half as much again.
  RS256: { digest: 'sha256', options: undefined },
  // RFC 7518 §3.5: the salt is as long as the digest. Node would accept any.
  PS256: {
    digest: 'sha256',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
};

/** Node's decoder skips what it does not know, so the bytes are encoded again and compared. */
function decodeBase64Url(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

function importPublicKey(jwk: JsonObject, algorithm: SignatureAlgorithm): VerifySignature | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType === 'rsa' && !isStrongRsaKey(key)) return undefined;

  if (algorithm === 'ES256') {
    // RFC 7518 §3.4: r and s side by side, 64 octets, never DER.
    return (signingInput, signature) =>
      signature.byteLength === 64 && verify('sha256', Buffer.from(signingInput, 'latin1'), key, derOfEs256(signature));
  }
  const { digest, options } = SIGNATURE_CHECKS[algorithm];
  const input = options === undefined ? key : { key, ...options };
  return (signingInput, signature) => verify(digest, Buffer.from(signingInput, 'latin1'), input, signature);
}

/** RFC 7518 §3.3: 2,048 bits or more. With an exponent of 1 every message would be its own signature. */
function isStrongRsaKey(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength >= 2048 && publicExponent >= 3n;
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

function macOf(secret: Uint8Array): Mac {
  return (text) => createHmac('sha256', secret).update(text).digest('base64url');
}
