import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MIN_MASTER_SECRET_BYTES } from '../domain/secrets/master-keys.ts';
import { Secret } from '../domain/secrets/secret.ts';

/** Where development keeps its secret: beside the SQLite database, or in `data` for another engine. */
export function developmentSecretPath(databasePath: string | undefined): string {
  return databasePath === undefined ? join('data', 'latchkey.secret') : `${databasePath}.secret`;
}

/** The file is there, but no secret is in it. To go on without one would be to sign with a key that anybody knows. */
export class UnusableSecretFileError extends Error {
  override readonly name = 'UnusableSecretFileError';
}

/**
 * The master secret of development: made once, readable by its owner alone.
 *
 * @throws {@link UnusableSecretFileError} where the file was cut short, as on a full disk.
 */
export function developmentSecret(databasePath: string | undefined): Secret<'master'> {
  const path = developmentSecretPath(databasePath);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two servers that start at once, one makes it and both read the same.
    writeFileSync(path, `${randomBytes(MIN_MASTER_SECRET_BYTES).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = readFileSync(path, 'utf8').trim();
  if (Buffer.byteLength(text) < MIN_MASTER_SECRET_BYTES) {
    throw new UnusableSecretFileError(
      `${path} does not hold a secret. Restore it, or remove it to have a new one made.`,
    );
  }
  return new Secret(text);
}
