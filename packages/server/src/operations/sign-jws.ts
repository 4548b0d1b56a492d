import { sign, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { SigningAlgorithm } from '../domain/keys/signing-key.ts';

/** The active key. */
export interface JwsKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/**
 * Signs claims as a compact JWS (RFC 7515 §7.1). On this thread for elliptic curves, where to hand the work to another
 * one and wait for it takes longer than the signature (bench/RESULTS.md); RSA takes ten times as long, and is left to jose.
 */
export async function signJws(key: JwsKey, typ: string, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const header = { alg: key.algorithm, kid: key.kid, typ };
  if (key.algorithm === 'RS256') return new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey);
  const input = `${encode(header)}.${encode(claims)}`;
  const bytes = Buffer.from(input, 'latin1');
  const signature =
    key.algorithm === 'EdDSA'
      ? sign(null, bytes, key.privateKey)
      : // RFC 7518 §3.4: both numbers one after the other, and not in DER.
        sign('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
