import { createHmac, createSecretKey } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { CREDENTIAL_LAYOUT, CREDENTIAL_PREFIXES, type CredentialCarrier } from '@latchkey/protocol';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { sessionIdFromBytes, type SessionId } from '../ids.ts';
import type { NamedKey } from '../secrets/master-keys.ts';
import {
  CREDENTIAL_CHARACTERS,
  encodeCredential,
  isAuthentic,
  MAX_ATTEMPT,
  parseCredential,
  SALT_BYTES,
  sessionPartOf,
  sessionPartOfCredential,
} from './credential.ts';

const KEY: NamedKey = { id: 0xbe, key: createSecretKey(Buffer.alloc(32, 7)) };
const ROW = {
  id: sessionIdFromBytes(Uint8Array.from({ length: 16 }, (_, index) => index)),
  carrier: 'cookie',
  salt: Buffer.alloc(SALT_BYTES, 3),
  generation: 5,
  attempt: 2,
} as const;
const CREDENTIAL = encodeCredential(ROW, KEY);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CHARACTERS = ALPHABET.split('');
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const carriers = fc.constantFrom<CredentialCarrier>('cookie', 'refresh_token');
const rows = fc.record({
  id: bytes(CREDENTIAL_LAYOUT.sessionId).map((id): SessionId => sessionIdFromBytes(id)),
  carrier: carriers,
  salt: bytes(SALT_BYTES),
  generation: fc.nat(0xffff_ffff),
  attempt: fc.nat(MAX_ATTEMPT),
});

/** Writes a credential by the format alone, so that a test may put anything into it. */
function forge(prefix: string, body: Uint8Array, checksumOf: (text: string) => number = crc32): string {
  const text = prefix + Buffer.from(body).toString('base64url');
  const checksum = Buffer.alloc(CREDENTIAL_LAYOUT.checksum);
  checksum.writeUInt32BE(checksumOf(text));
  return text + checksum.toString('base64url');
}

function bodyOf(credential: string): Buffer {
  return Buffer.from(credential.slice(4, -6), 'base64url');
}

/** Accepted by every check, as a session's own credential. */
function accepts(text: string, carrier: CredentialCarrier = 'cookie', salt: Uint8Array = ROW.salt, key = KEY): boolean {
  const presented = parseCredential(text, carrier);
  return presented !== undefined && isAuthentic(presented, salt, key);
}

describe('a credential', () => {
  test('says what its row says, and is authentic', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const presented = parseCredential(encodeCredential(row, KEY), row.carrier);
        expect(presented).toMatchObject({
          carrier: row.carrier,
          keyId: KEY.id,
          sessionId: row.id,
          generation: row.generation,
          attempt: row.attempt,
        });
        expect(isAuthentic(presented!, row.salt, KEY)).toBe(true);
      }),
    );
  });

  test('is a pure function of its row: byte for byte the same again', () => {
    fc.assert(
      fc.property(rows, (row) => {
        expect(encodeCredential({ ...row, salt: Buffer.from(row.salt) }, KEY)).toBe(encodeCredential(row, KEY));
      }),
    );
  });

  test('has the format that the protocol names', () => {
    const head = Buffer.concat([
      Buffer.of(1, KEY.id),
      Uint8Array.from({ length: 16 }, (_, index) => index),
      Buffer.of(0, 0, 0, 5),
      Buffer.of(0, 2),
    ]);
    const mac = createHmac('sha256', KEY.key).update('lks_').update(head).update(ROW.salt).digest();
    expect(CREDENTIAL).toBe(forge(CREDENTIAL_PREFIXES.cookie, Buffer.concat([head, mac])));
  });

  test('fits into a cookie of at most 160 bytes, with its name', () => {
    expect(CREDENTIAL).toHaveLength(CREDENTIAL_CHARACTERS);
    expect(`__Host-Http-latchkey.9=${CREDENTIAL}`.length).toBeLessThanOrEqual(160);
    expect(CREDENTIAL).toMatch(/^lks_[A-Za-z0-9_-]+$/);
  });

  test('begins with the part that all credentials of its session share, and no other session', () => {
    fc.assert(
      fc.property(rows, rows, (row, other) => {
        const part = sessionPartOf(row, KEY);
        const same = encodeCredential({ ...row, generation: other.generation, attempt: other.attempt }, KEY);
        expect(sessionPartOfCredential(same)).toBe(part);
        expect(sessionPartOfCredential(encodeCredential(other, KEY)) === part).toBe(
          other.id === row.id && other.carrier === row.carrier,
        );
      }),
    );
  });
});

describe('anything else', () => {
  test('is read or refused, but never throws', () => {
    const near = fc
      .tuple(
        fc.constantFrom('lks_', 'lkr_', 'lko_', ''),
        fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 70, maxLength: 90 }),
      )
      .map(([prefix, rest]) => prefix + rest);
    fc.assert(
      fc.property(fc.oneof(anyText, near), carriers, (text, carrier) => {
        expect(parseCredential(text, carrier)).toBeUndefined();
      }),
    );
  });

  test('is refused with any single character changed', () => {
    for (let index = 0; index < CREDENTIAL.length; index += 1) {
      for (const character of [...CHARACTERS, '=', ' ', '.', '+', '/', '\u0000', 'é']) {
        if (character === CREDENTIAL[index]) continue;
        const changed = CREDENTIAL.slice(0, index) + character + CREDENTIAL.slice(index + 1);
        expect(accepts(changed)).toBe(false);
      }
    }
  });

  test('is refused with any single bit of its body changed, though its checksum is right', () => {
    const body = bodyOf(CREDENTIAL);
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const changed = Buffer.from(body);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(accepts(forge('lks_', changed)), `bit ${bit}`).toBe(false);
    }
  });

  test('is refused cut short, made longer, doubled or padded', () => {
    for (let length = 0; length < CREDENTIAL.length; length += 1) {
      expect(parseCredential(CREDENTIAL.slice(0, length), 'cookie')).toBeUndefined();
    }
    for (const text of [
      `${CREDENTIAL}A`,
      ` ${CREDENTIAL}`,
      `${CREDENTIAL} `,
      `${CREDENTIAL}\n`,
      `${CREDENTIAL}=`,
      `"${CREDENTIAL}"`,
      CREDENTIAL + CREDENTIAL,
    ]) {
      expect(parseCredential(text, 'cookie')).toBeUndefined();
    }
  });

  test('is refused in a second spelling: spare bits behind the last byte', () => {
    // The last character of the body carries bits of no byte; decoders drop them.
    const text = CREDENTIAL.slice(0, -6);
    const last = ALPHABET.indexOf(text.at(-1)!);
    const spellings = [1, 2, 3].map((spare) => text.slice(0, -1) + ALPHABET[last ^ spare]!);
    const aliases = spellings.filter((spelling) =>
      Buffer.from(spelling.slice(4), 'base64url').equals(bodyOf(CREDENTIAL)),
    );
    expect(aliases.length).toBeGreaterThan(0);
    for (const alias of aliases) {
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(alias));
      expect(parseCredential(alias + checksum.toString('base64url'), 'cookie')).toBeUndefined();
    }
    const checksum = ALPHABET.indexOf(CREDENTIAL.at(-1)!);
    for (let spare = 1; spare < 16; spare += 1) {
      expect(parseCredential(CREDENTIAL.slice(0, -1) + ALPHABET[checksum ^ spare]!, 'cookie')).toBeUndefined();
    }
  });

  test('is refused in the other base64 alphabet', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const text = encodeCredential({ ...row, carrier: 'cookie' }, KEY);
        const other = `lks_${text.slice(4).replaceAll('-', '+').replaceAll('_', '/')}`;
        expect(other === text || parseCredential(other, 'cookie') === undefined).toBe(true);
      }),
    );
  });

  test.each([0, 2, 255])('is refused with version %d', (version) => {
    const body = bodyOf(CREDENTIAL);
    body[0] = version;
    body.set(createHmac('sha256', KEY.key).update('lks_').update(body.subarray(0, 24)).update(ROW.salt).digest(), 24);
    expect(parseCredential(forge('lks_', body), 'cookie')).toBeUndefined();
  });

  test('is refused with a wrong checksum, though its MAC is right', () => {
    expect(accepts(forge('lks_', bodyOf(CREDENTIAL)))).toBe(true);
    expect(accepts(forge('lks_', bodyOf(CREDENTIAL), (text) => (crc32(text) ^ 1) >>> 0))).toBe(false);
    // The checksum covers the prefix as well.
    expect(accepts(forge('lks_', bodyOf(CREDENTIAL), (text) => crc32(text.slice(4))))).toBe(false);
  });
});

describe('carriers are never interchangeable', () => {
  test.each([
    ['cookie', 'refresh_token'],
    ['refresh_token', 'cookie'],
  ] as const)('a %s is no %s', (carrier, other) => {
    const credential = encodeCredential({ ...ROW, carrier }, KEY);
    expect(accepts(credential, carrier)).toBe(true);
    expect(parseCredential(credential, other)).toBeUndefined();
    // Nor with its prefix rewritten and its checksum made anew: the MAC covers the prefix.
    const rewritten = forge(CREDENTIAL_PREFIXES[other], bodyOf(credential));
    expect(parseCredential(rewritten, other)).toBeDefined();
    expect(accepts(rewritten, other)).toBe(false);
  });
});

describe('is authentic for nobody else', () => {
  const presented = parseCredential(CREDENTIAL, 'cookie')!;

  test.each([
    ['another key under the same number', { id: KEY.id, key: createSecretKey(Buffer.alloc(32, 8)) }],
    ['the same key under another number', { id: KEY.id ^ 1, key: KEY.key }],
  ])('%s', (_name, key) => {
    expect(isAuthentic(presented, ROW.salt, key)).toBe(false);
  });

  test.each([
    ['another salt', Buffer.alloc(SALT_BYTES, 4)],
    ['a shorter salt', ROW.salt.subarray(1)],
    ['a longer salt', Buffer.concat([ROW.salt, Buffer.of(0)])],
    ['no salt', new Uint8Array()],
  ])('%s', (_name, salt) => {
    expect(isAuthentic(presented, salt, KEY)).toBe(false);
  });

  test.each([
    ['session', { id: sessionIdFromBytes(new Uint8Array(16)) }],
    ['generation', { generation: ROW.generation + 1 }],
    ['attempt', { attempt: ROW.attempt + 1 }],
  ])("another %s, under this credential's MAC", (_name, change) => {
    const other = bodyOf(encodeCredential({ ...ROW, ...change }, KEY));
    other.set(presented.mac, other.length - presented.mac.length);
    const text = forge('lks_', other);
    expect(parseCredential(text, 'cookie')).toBeDefined();
    expect(accepts(text)).toBe(false);
  });
});

test('a row that does not fit the format is refused, not wrapped round', () => {
  expect(() => encodeCredential({ ...ROW, attempt: MAX_ATTEMPT + 1 }, KEY)).toThrow(RangeError);
  expect(() => encodeCredential({ ...ROW, generation: 2 ** 32 }, KEY)).toThrow(RangeError);
  expect(() => encodeCredential({ ...ROW, generation: -1 }, KEY)).toThrow(RangeError);
});
