import { verify as verifyArgon2 } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import { scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import type { ImportedHash } from '../domain/passwords/imported-hash.ts';
import { normaliseText, type Password } from '../domain/passwords/policy.ts';

const deriveKey = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * Compares a password with a hash that another product made, as that product does: as it was typed, and by bcrypt its
 * first 72 bytes alone. Works on other threads.
 */
export async function verifyImportedHash(hash: ImportedHash, password: Password): Promise<boolean> {
  const typed = password.typed.reveal();
  switch (hash.scheme) {
    case 'bcrypt':
      return verifyBcrypt(typed, hash.text);
    case 'argon2':
      return verifyArgon2(hash.text, typed);
    case 'scrypt': {
      const { cost, blockSize, parallelism, salt, key } = hash;
      const text = hash.form === 'typed' ? typed : normaliseText(typed, hash.form);
      // What RFC 7914 §5 and §6 keep at a time, and as much again.
      const maxmem = 2 * 128 * blockSize * (cost + parallelism);
      const derived = await deriveKey(text, salt, key.length, {
        cost,
        blockSize,
        parallelization: parallelism,
        maxmem,
      });
      return timingSafeEqual(derived, key);
    }
  }
}
