import { createPublicKey, verify } from 'node:crypto';
import type { TokenSubject } from './serve-token-subject.ts';
import type { PublicIssuer } from './tokens.ts';

interface SignedBytes {
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/**
 * The floor: Node's check of one signature over bytes that are at hand. Nothing is decoded, no claim is looked at.
 *
 * @param asDer - Turns ECDSA signatures, beforehand, into the form that needs no option beside the key. Node 24 takes
 * longer for a key with options, because it finds out by an exception that these are no key.
 */
export function openRawSignature({ algorithm, pem }: PublicIssuer, asDer: boolean): TokenSubject<SignedBytes> {
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  const key = createPublicKey(pem);
  const keyInput = algorithm === 'ES256' && !asDer ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  return {
    isAsync: false,
    prepare: (token) => {
      const signatureStart = token.lastIndexOf('.') + 1;
      const signature = Buffer.from(token.slice(signatureStart), 'base64url');
      return {
        signed: Buffer.from(token.slice(0, signatureStart - 1), 'latin1'),
        signature: asDer ? derOf(signature) : signature,
      };
    },
    verify: ({ signed, signature }) => {
      if (!verify(digest, signed, keyInput, signature)) throw new Error('The signature is wrong');
    },
  };
}

/** RFC 3279 §2.2.3: a sequence of two integers. */
function derOf(signature: Buffer): Buffer {
  const half = signature.byteLength / 2;
  const integers = Buffer.concat([derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))]);
  return Buffer.concat([Buffer.from([0x30, integers.byteLength]), integers]);
}

/** Without leading zeros, but with one where the number would otherwise look negative. */
function derInteger(bytes: Buffer): Buffer {
  const digits = bytes.subarray(
    Math.max(
      0,
      bytes.findIndex((byte) => byte !== 0),
    ),
  );
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.from([2, digits.byteLength + sign.length, ...sign, ...digits]);
}
