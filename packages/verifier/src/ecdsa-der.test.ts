import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derOfEs256 } from './ecdsa-der.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

test('gives OpenSSL the signature that it would convert to itself', () => {
  for (let round = 0; round < 300; round += 1) {
    const input = Buffer.from(String(round));
    const signature = sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verify('sha256', input, publicKey, derOfEs256(signature))).toBe(true);
  }
});

test('writes each number in the fewest octets, never negative', () => {
  const numbers = fc.array(fc.oneof(fc.constant(0), fc.constant(0x80), fc.nat(255)), { minLength: 64, maxLength: 64 });
  fc.assert(
    fc.property(numbers, (octets) => {
      const der = derOfEs256(Uint8Array.from(octets));
      expect(der.length).toBe(2 + (der[1] ?? 0));
      let offset = 2;
      for (const number of [octets.slice(0, 32), octets.slice(32)]) {
        const length = der[offset + 1] ?? 0;
        const content = der.subarray(offset + 2, offset + 2 + length);
        expect((content[0] ?? 0) < 0x80).toBe(true);
        expect(content.length === 1 || content[0] !== 0 || (content[1] ?? 0) >= 0x80).toBe(true);
        expect(BigInt(`0x${content.toString('hex')}`)).toBe(BigInt(`0x${Buffer.from(number).toString('hex')}`));
        offset += 2 + length;
      }
      expect(offset).toBe(der.length);
    }),
  );
});
