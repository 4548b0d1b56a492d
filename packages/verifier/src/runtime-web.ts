import type { SignatureAlgorithm } from './keys/algorithms.ts';
import type { Mac, Runtime, VerifySignature } from './runtime.ts';
import type { JsonObject } from './token/json-object.ts';

/** Web Crypto, which every Fetch runtime has; its checks are asynchronous. */
export const webRuntime: Runtime = { decodeBase64Url, importPublicKey, digest, macOf };

interface WebAlgorithm {
  readonly ofKey: AlgorithmIdentifier | RsaHashedImportParams | EcKeyImportParams;
  readonly ofCheck: AlgorithmIdentifier | RsaPssParams | EcdsaParams;
}

const ED25519: WebAlgorithm = { ofKey: 'Ed25519', ofCheck: 'Ed25519' };

const WEB_ALGORITHMS: Readonly<Record<SignatureAlgorithm, WebAlgorithm>> = {
  ES256: { ofKey: { name: 'ECDSA', namedCurve: 'P-256' }, ofCheck: { name: 'ECDSA', hash: 'SHA-256' } },
  EdDSA: ED25519,
  Ed25519: ED25519,
  RS256: { ofKey: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, ofCheck: 'RSASSA-PKCS1-v1_5' },
  // RFC 7518 §3.5: the salt is as long as the digest.
  PS256: { ofKey: { name: 'RSA-PSS', hash: 'SHA-256' }, ofCheck: { name: 'RSA-PSS', saltLength: 32 } },
};

const utf8 = new TextEncoder();

/** The bits after the last byte must be zero, so the bytes are encoded again and compared. */
function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  const binary = atob(base64);
  if (btoa(binary).replace(/=+$/, '') !== base64) return undefined;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

async function importPublicKey(jwk: JsonObject, algorithm: SignatureAlgorithm): Promise<VerifySignature | undefined> {
  const { ofKey, ofCheck } = WEB_ALGORITHMS[algorithm];
  const key = await importJwk(jwk, ofKey);
  if (key === undefined || !isStrong(key)) return undefined;
  return async (signingInput, signature) => {
    try {
      return await crypto.subtle.verify(ofCheck, key, new Uint8Array(signature), utf8.encode(signingInput));
    } catch {
      // A signature of an impossible form.
      return false;
    }
  };
}

/** Only what makes the key: its other members have been judged by the caller. */
async function importJwk(jwk: JsonObject, algorithm: WebAlgorithm['ofKey']): Promise<CryptoKey | undefined> {
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e'].flatMap((name) => {
    const value = jwk[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  try {
    return await crypto.subtle.importKey('jwk', Object.fromEntries(members), algorithm, false, ['verify']);
  } catch {
    return undefined;
  }
}

/** RFC 7518 §3.3: 2,048 bits or more. With an exponent of 1 every message would be its own signature. */
function isStrong({ algorithm }: CryptoKey): boolean {
  if (!('modulusLength' in algorithm)) return true;
  const { modulusLength, publicExponent } = algorithm as RsaHashedKeyAlgorithm;
  const exponent = publicExponent.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  return modulusLength >= 2048 && exponent >= 3n;
}

async function digest(text: string): Promise<string> {
  return encodeBase64Url(await crypto.subtle.digest('SHA-256', utf8.encode(text)));
}

function macOf(secret: Uint8Array): Mac {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = crypto.subtle.importKey('raw', new Uint8Array(secret), algorithm, false, ['sign']);
  // Whoever asks for a MAC is told.
  imported.catch(() => {});
  return async (text) => encodeBase64Url(await crypto.subtle.sign('HMAC', await imported, utf8.encode(text)));
}

function encodeBase64Url(bytes: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
