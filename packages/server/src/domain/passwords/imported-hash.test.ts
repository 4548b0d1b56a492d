import { describe, expect, test } from 'vitest';
import { readImportedHash, recogniseHash, type ImportedScheme } from './imported-hash.ts';

const SALT = 'bGF0Y2hrZXktbm9ib2R5IQ';
const KEY = 'A'.repeat(43);
const BCRYPT_REST = 'erYCzyie52lehugjcKamK.gy4.LV4kKHT9R4dvinzrDrD.Tpp00yi';
const bcrypt = (cost: string, version = '2b') => `$${version}$${cost}$${BCRYPT_REST}`;
const argon2 = (parameters: string, kind = 'id', version = 'v=19') =>
  `$argon2${kind}$${version}$${parameters}$${SALT}$${KEY}`;
const scrypt = (parameters: string) => `$scrypt$${parameters}$${SALT}$${KEY}`;
const betterAuth = `${'0f'.repeat(16)}:${'ab'.repeat(64)}`;

describe('a hash that is recognised', () => {
  test.each<[name: string, hash: string, scheme: ImportedScheme]>([
    ['bcrypt of the least cost', bcrypt('04'), 'bcrypt'],
    ['bcrypt of Supabase and Auth.js', bcrypt('10', '2a'), 'bcrypt'],
    ['bcrypt of PHP, of the highest cost', bcrypt('14', '2y'), 'bcrypt'],
    ['argon2id as here', argon2('m=19456,t=2,p=1'), 'argon2'],
    ['argon2id of argon2-cffi and RFC 9106 §4', argon2('m=65536,t=3,p=4'), 'argon2'],
    ['argon2id of PHP', argon2('m=65536,t=4,p=1'), 'argon2'],
    ['argon2id of Django', argon2('m=102400,t=2,p=8'), 'argon2'],
    ['argon2i, of as much memory as may be', argon2('m=131072,t=2,p=1', 'i'), 'argon2'],
    ['scrypt in PHC format', scrypt('ln=16,r=8,p=1'), 'scrypt'],
    ['scrypt of the highest cost', scrypt('ln=17,r=8,p=1'), 'scrypt'],
    ["Better Auth's scrypt", betterAuth, 'better-auth'],
  ])('%s', (_name, hash, scheme) => {
    const recognised = recogniseHash(hash);
    expect(recognised).toEqual({ kind: 'recognised', scheme, stored: `imported:${scheme}:${hash}` });
    expect(readImportedHash(`imported:${scheme}:${hash}`)).toMatchObject({
      scheme: scheme === 'better-auth' ? 'scrypt' : scheme,
    });
  });

  test('of Better Auth has its salt as text, and the parameters that are written nowhere', () => {
    expect(readImportedHash(`imported:better-auth:${betterAuth}`)).toEqual({
      scheme: 'scrypt',
      form: 'NFKC',
      cost: 16_384,
      blockSize: 16,
      parallelism: 1,
      salt: Buffer.from('0f'.repeat(16)),
      key: Buffer.alloc(64, 0xab),
    });
  });
});

test.each([argon2('m=19456,t=2,p=1'), `imported:md5:${'0'.repeat(32)}`, 'imported:bcrypt:', ''])(
  'what the database has and was not imported is none: %j',
  (stored) => {
    expect(readImportedHash(stored)).toBeUndefined();
  },
);

describe('a hash that is refused', () => {
  test.each([
    ['nothing', ''],
    ['a password', 'correct horse battery staple'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['SHA-256', 'a'.repeat(64)],
    ['SHA-512', 'a'.repeat(128)],
    ['crypt of MD5', '$1$salt$qJH7.N4xYta3aEG/dfqo/0'],
    ['crypt of SHA-512', `$6$saltstring$${'a'.repeat(86)}`],
    ['PBKDF2 of Django', 'pbkdf2_sha256$600000$salt$aGFzaA=='],
    ['scrypt of Firebase', '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=aa==$c2FsdA==$aGFzaA=='],
    ['bcrypt with the fault of 2x', bcrypt('10', '2x')],
    ['argon2d', argon2('m=19456,t=2,p=1', 'd')],
    ['Better Auth, in capitals', betterAuth.toUpperCase()],
    ['Better Auth, a short key', betterAuth.slice(0, -2)],
    ['one of ours, as the database has it', `imported:bcrypt:${bcrypt('10')}`],
    ['with a space before', ` ${bcrypt('10')}`],
  ])('for its scheme: %s', (_name, hash) => {
    expect(recogniseHash(hash)).toEqual({ kind: 'refused', objection: 'unknown_scheme' });
  });

  test.each([
    ['bcrypt, cut short', bcrypt('10').slice(0, -1)],
    ['bcrypt, and more', `${bcrypt('10')}.`],
    ['bcrypt, and a line break', `${bcrypt('10')}\n`],
    ['bcrypt, cost of one digit', bcrypt('4')],
    ['bcrypt, bits of the salt that are none', bcrypt('10').replace('amK.', 'amKA')],
    ['bcrypt, bits of the hash that are none', `${bcrypt('10').slice(0, -1)}j`],
    ['argon2id, no version', argon2('m=19456,t=2,p=1').replace('$v=19', '')],
    ['argon2id, an old version', argon2('m=19456,t=2,p=1', 'id', 'v=16')],
    ['argon2id, other order', argon2('t=2,m=19456,p=1')],
    ['argon2id, no passes', argon2('m=19456,t=0,p=1')],
    ['argon2id, a negative cost', argon2('m=-1,t=2,p=1')],
    ['argon2id, ten digits of memory', argon2('m=4294967295,t=2,p=1')],
    ['argon2id, a key id', argon2('m=19456,t=2,p=1,keyid=AA')],
    ['argon2id, padding', `${argon2('m=19456,t=2,p=1')}=`],
    ['argon2id, bits of the key that are none', argon2('m=19456,t=2,p=1').slice(0, -1).concat('/')],
    ['argon2id, a short salt', `$argon2id$v=19$m=19456,t=2,p=1$AAAA$${KEY}`],
    ['argon2id, a short key', `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$AAAA`],
    ['argon2id, a long key', `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${'A'.repeat(88)}`],
    ['argon2id, no key', `$argon2id$v=19$m=19456,t=2,p=1$${SALT}`],
    ['scrypt, no cost', scrypt('r=8,p=1')],
    ['scrypt, three digits', scrypt('ln=100,r=8,p=1')],
  ])('for its form: %s', (_name, hash) => {
    expect(recogniseHash(hash)).toEqual({ kind: 'refused', objection: 'malformed' });
  });

  test.each([
    ['bcrypt, too little', bcrypt('03')],
    ['bcrypt, too much', bcrypt('15')],
    ['bcrypt, years', bcrypt('31')],
    ['argon2id, less memory than its lanes need', argon2('m=15,t=2,p=2')],
    ['argon2id, too much memory', argon2('m=131073,t=1,p=1')],
    ['argon2id, too many passes', argon2('m=1024,t=17,p=1')],
    ['argon2id, too many lanes', argon2('m=19456,t=2,p=17')],
    ['argon2id, both within, together too much', argon2('m=131072,t=3,p=1')],
    ['scrypt, too little', scrypt('ln=9,r=8,p=1')],
    ['scrypt, too much', scrypt('ln=18,r=1,p=1')],
    ['scrypt, too much memory', scrypt('ln=17,r=9,p=1')],
    ['scrypt, too often', scrypt('ln=14,r=8,p=9')],
    ['scrypt, more than RFC 7914 §2 has for its blocks', scrypt('ln=16,r=1,p=1')],
  ])('for its cost: %s', (_name, hash) => {
    expect(recogniseHash(hash)).toEqual({ kind: 'refused', objection: 'cost_out_of_bounds' });
  });
});
