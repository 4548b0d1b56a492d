import { Buffer } from 'node:buffer';

/** Octets of r and of s for P-256 (RFC 7518 §3.4). */
const NUMBER_BYTES = 32;
/** Sequence and two integers, each with tag and length, and a zero before each number that looks negative. */
const MAX_DER_BYTES = 2 + 2 * (2 + 1 + NUMBER_BYTES);

/**
 * An ES256 signature as OpenSSL has it (RFC 3279 §2.2.3). Node 24 converts too, but takes 25 µs for it: it does so for
 * a key with options only, and finds out by an exception that such an object is no key.
 */
export function derOfEs256(signature: Uint8Array): Buffer {
  const der = Buffer.allocUnsafe(MAX_DER_BYTES);
  const middle = writeInteger(der, 2, signature, 0);
  const end = writeInteger(der, middle, signature, NUMBER_BYTES);
  der[0] = 0x30;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** In the fewest octets: without leading zeros, but with one where the number would look negative. */
function writeInteger(der: Buffer, offset: number, signature: Uint8Array, start: number): number {
  const end = start + NUMBER_BYTES;
  let first = start;
  while (first < end - 1 && signature[first] === 0) first += 1;
  const isPadded = (signature[first] ?? 0) >= 0x80;
  const length = end - first + (isPadded ? 1 : 0);
  der[offset] = 0x02;
  der[offset + 1] = length;
  if (isPadded) der[offset + 2] = 0;
  der.set(signature.subarray(first, end), offset + 2 + (isPadded ? 1 : 0));
  return offset + 2 + length;
}
