import { hash as hashArgon2 } from '@node-rs/argon2';
import { hash as hashBcrypt } from '@node-rs/bcrypt';
import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { recogniseHash } from '../domain/passwords/imported-hash.ts';
import { normalisePassword } from '../domain/passwords/policy.ts';
import { createPasswordHasher } from './password-hasher.ts';

const hasher = createPasswordHasher(2, { memoryCost: 1024, timeCost: 1 });

/** Whether the password is right, by the hasher that sign-in uses, for a hash that came from elsewhere. */
async function matches(hash: string, password: string): Promise<boolean> {
  const recognised = recogniseHash(hash);
  if (recognised.kind !== 'recognised') throw new Error(`Refused: ${recognised.objection}`);
  expect(hasher.isOutdated(recognised.stored)).toBe(true);
  return hasher.verify(recognised.stored, normalisePassword(password));
}

function phcScrypt(password: string, logCost: number, blockSize: number, parallelism: number): string {
  const salt = Buffer.from('NaCl for all of us');
  const options = { N: 2 ** logCost, r: blockSize, p: parallelism, maxmem: 2 ** 29 };
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  const key = scryptSync(password, salt, 32, options);
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelism}$${base64(salt)}$${base64(key)}`;
}

/** Two code points, and one in NFC. */
const DECOMPOSED = 'cafe\u0301 au lait';

describe('bcrypt', () => {
  test.each([
    ['of crypt_blowfish', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    ['of jBCrypt', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i', 'abc'],
  ])('a vector %s', async (_name, hash, password) => {
    expect(await matches(hash, password)).toBe(true);
    expect(await matches(hash, `${password}x`)).toBe(false);
  });

  test('knows the first 72 bytes, and a NUL as any other byte', async () => {
    const long = await hashBcrypt('x'.repeat(100), 4);
    expect(await matches(long, 'x'.repeat(72))).toBe(true);
    expect(await matches(long, `${'x'.repeat(72)}whatever`)).toBe(true);
    expect(await matches(long, 'x'.repeat(71))).toBe(false);
    expect(await matches(long, `${'x'.repeat(71)}yx`)).toBe(false);
    const nul = await hashBcrypt('a\0b', 4);
    expect(await matches(nul, 'a\0b')).toBe(true);
    expect(await matches(nul, 'a\0c')).toBe(false);
    expect(await matches(nul, 'a')).toBe(false);
  });
});

describe.each([
  ['bcrypt', async (password: string) => hashBcrypt(password, 4)],
  ['argon2id', async (password: string) => hashArgon2(password, { memoryCost: 1024, timeCost: 1, parallelism: 2 })],
  ['argon2i', async (password: string) => hashArgon2(password, { memoryCost: 1024, timeCost: 1, algorithm: 1 })],
  ['scrypt', async (password: string) => phcScrypt(password, 10, 8, 2)],
])('%s', (_name, hash) => {
  test('finds the password right as it was typed, and no other', async () => {
    for (const password of ['correct horse', 'пароль', '🔑', 'x', DECOMPOSED, DECOMPOSED.normalize('NFC')]) {
      const hashed = await hash(password);
      expect(await matches(hashed, password)).toBe(true);
      expect(await matches(hashed, `${password} `)).toBe(false);
    }
  });
});

// What is at the edge of what is recognised must also be verified: no sign-in may fail of it.
test.each([
  ['argon2id', `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(11)}$${'A'.repeat(22)}`],
  ['argon2id, long', `$argon2id$v=19$m=128,t=16,p=16$${'A'.repeat(64)}$${'A'.repeat(86)}`],
  ['scrypt', `$scrypt$ln=10,r=1,p=1$${'A'.repeat(11)}$${'A'.repeat(22)}`],
  ['scrypt, long', `$scrypt$ln=10,r=99,p=10$${'A'.repeat(64)}$${'A'.repeat(86)}`],
  ['scrypt, of few blocks', `$scrypt$ln=15,r=1,p=1$${'A'.repeat(11)}$${'A'.repeat(22)}`],
  ['bcrypt', `$2b$04$${'.'.repeat(22)}${'.'.repeat(31)}`],
])('a hash at the bounds is compared: %s', async (_name, hash) => {
  expect(await matches(hash, 'correct horse')).toBe(false);
});
