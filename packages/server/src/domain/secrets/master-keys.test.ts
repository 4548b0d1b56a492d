import { hkdfSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deriveMasterKeys, type MasterKeys } from './master-keys.ts';
import { Secret } from './secret.ts';

const SECRET = 'a master secret of thirty-two bytes or more';
const bytes = (key: KeyObject) => key.export().toString('hex');
const all = ({ sessionMac, signingKeyEncryption, mailEncryption, clientSecretEncryption }: MasterKeys) =>
  [sessionMac.key, signingKeyEncryption, mailEncryption, clientSecretEncryption].map(bytes);

test('the same secret gives the same keys, so that a restart signs nobody out', () => {
  const first = deriveMasterKeys(new Secret(SECRET));
  const again = deriveMasterKeys(new Secret(SECRET));
  expect(all(again)).toEqual(all(first));
  expect(again.sessionMac.id).toBe(first.sessionMac.id);
});

test('each use has a key of its own, and none is the secret', () => {
  const keys = all(deriveMasterKeys(new Secret(SECRET)));
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.every((key) => key.length === 64)).toBe(true);
  expect(keys).not.toContain(Buffer.from(SECRET).toString('hex'));
});

test('another secret gives other keys, all of them', () => {
  const keys = all(deriveMasterKeys(new Secret(SECRET)));
  const others = all(deriveMasterKeys(new Secret(`${SECRET}.`)));
  expect(others.filter((key) => keys.includes(key))).toEqual([]);
});

describe('what is on disk stays readable by the next release', () => {
  test('HKDF-SHA-256 with these names', () => {
    const derive = (use: string) => Buffer.from(hkdfSync('sha256', SECRET, 'latchkey', use, 32)).toString('hex');
    expect(all(deriveMasterKeys(new Secret(SECRET)))).toEqual([
      derive('session-credential-mac'),
      derive('signing-key-encryption'),
      derive('mail-encryption'),
      derive('client-secret-encryption'),
    ]);
  });

  test('the number of the key fits into its field', () => {
    const { id } = deriveMasterKeys(new Secret(SECRET)).sessionMac;
    expect(Number.isInteger(id) && id >= 0 && id <= 0xff).toBe(true);
  });
});
