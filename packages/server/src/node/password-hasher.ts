import { hash, verify } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { readImportedHash } from '../domain/passwords/imported-hash.ts';
import type { PasswordHasher } from '../operations/context.ts';
import { HashingBusyError } from '../operations/unavailable.ts';
import { verifyImportedHash } from './verify-imported-hash.ts';

export interface HashParameters {
  /** In KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
}

/** argon2id with 19 MiB, two passes, one lane (RFC 9106 §4; OWASP Password Storage Cheat Sheet). */
const PARAMETERS: HashParameters = { memoryCost: 19_456, timeCost: 2 };

/** More than this many waiting would each wait for seconds: better to say so at once. */
const MAX_WAITING_PER_CORE = 32;

/** A salt and a hash that no password has: what an unknown account is compared with, at the same cost. */
const NOBODY = 'bGF0Y2hrZXktbm9ib2R5IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export interface BoundedPasswordHasher extends PasswordHasher {
  /** How many hashes run or wait. */
  pending(): number;
}

/** Hashes with at most one hash a core at a time, so that a flood of sign-ins leaves room for session checks. */
export function createPasswordHasher(
  cores: number = availableParallelism(),
  { memoryCost, timeCost }: HashParameters = PARAMETERS,
): BoundedPasswordHasher {
  const limit = pLimit(cores);
  const run = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (limit.pendingCount >= cores * MAX_WAITING_PER_CORE) throw new HashingBusyError('Too many passwords wait');
    return limit(work);
  };
  // The PHC string format, as every hash of these parameters begins.
  const prefix = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=1$`;
  return {
    hash: async (password) =>
      run(() => hash(password.reveal(), { algorithm: 2, parallelism: 1, memoryCost, timeCost })),
    verify: async (stored, password) => {
      const imported = stored === null ? undefined : readImportedHash(stored);
      const matches = await run(() =>
        imported === undefined
          ? verify(stored ?? prefix + NOBODY, password.reveal())
          : verifyImportedHash(imported, password),
      );
      return matches && stored !== null;
    },
    isOutdated: (stored) => !stored.startsWith(prefix),
    pending: () => limit.activeCount + limit.pendingCount,
  };
}
