import type { SignatureAlgorithm } from './keys/algorithms.ts';
import type { JsonObject } from './token/json-object.ts';

/** Checks one signature with the key and the algorithm that it was made for; at once, where the platform can. */
export type VerifySignature = (signingInput: string, signature: Uint8Array) => boolean | Promise<boolean>;

/** SHA-256 of a text in UTF-8, or an HMAC by it, in base64url. */
export type Digest = (text: string) => string | Promise<string>;

/** Authenticates a text with the one key that it was made for. */
export type Mac = Digest;

/** What the core needs of the platform that it runs on; everything else is plain ECMAScript and Fetch. */
export interface Runtime {
  /** Bytes of unpadded base64url, or undefined for any text that is not the one canonical form of its bytes. */
  decodeBase64Url(text: string): Uint8Array | undefined;

  /**
   * The signature check of a public JWK, bound to one algorithm (RFC 8725 §3.1: a key is used with
   * exactly one). Undefined for a key that is damaged or too weak. The caller has made sure that
   * `kty` and `crv` fit the algorithm and that the private part is absent.
   */
  importPublicKey(
    jwk: JsonObject,
    algorithm: SignatureAlgorithm,
  ): VerifySignature | undefined | Promise<VerifySignature | undefined>;

  /** SHA-256. */
  readonly digest: Digest;

  /** HMAC by SHA-256 (RFC 2104) with a secret. */
  macOf(secret: Uint8Array): Mac;
}
