import { hash, verify } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { PasswordHasher } from '../operations/context.ts';
import { HashingBusyError } from '../operations/unavailable.ts';

/** argon2id with 19 MiB, two passes, one lane (RFC 9106 §4; OWASP Password Storage Cheat Sheet). */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** More than this many waiting would each wait for seconds: better to say so at once. */
const MAX_WAITING_PER_CORE = 32;

/** A hash that no password has, of the same cost: what an unknown account is compared with. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$bGF0Y2hrZXktbm9ib2R5IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export interface BoundedPasswordHasher extends PasswordHasher {
  /** How many hashes run or wait. */
  pending(): number;
}

/** Hashes with at most one hash a core at a time, so that a flood of sign-ins leaves room for session checks. */
export function createPasswordHasher(cores: number = availableParallelism()): BoundedPasswordHasher {
  const limit = pLimit(cores);
  const run = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (limit.pendingCount >= cores * MAX_WAITING_PER_CORE) throw new HashingBusyError('Too many passwords wait');
    return limit(work);
  };
  return {
    hash: async (password) => run(() => hash(password.reveal(), PARAMETERS)),
    verify: async (stored, password) => {
      const matches = await run(() => verify(stored ?? NOBODY, password.reveal()));
      return matches && stored !== null;
    },
    pending: () => limit.activeCount + limit.pendingCount,
  };
}
