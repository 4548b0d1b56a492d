import { createHash } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import { RATE_LIMITS, type RateLimitName } from '../domain/rate-limits/rate-limits.ts';
import type { Store, Tx } from './store.ts';

export type AttemptTaken = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly retryAfterMs: number };

/** Counts attempts: for all nodes on PostgreSQL, in the memory of the one process on SQLite. */
export interface AttemptCounter {
  /** Counts one, atomically: of parallel callers no more than the limit get through. */
  take(limit: RateLimitName, key: string): Promise<AttemptTaken>;
  /** Gives one back. */
  giveBack(limit: RateLimitName, key: string): Promise<void>;
}

export function createAttemptCounter(store: Store): AttemptCounter {
  const limiters = new Map<RateLimitName, RateLimiterAbstract>();
  for (const name of Object.keys(RATE_LIMITS) as RateLimitName[]) limiters.set(name, createLimiter(store, name));
  const limiterOf = (name: RateLimitName): RateLimiterAbstract => {
    const limiter = limiters.get(name);
    if (limiter === undefined) throw new TypeError(`There is no limit named ${name}`);
    return limiter;
  };
  return {
    take: async (limit, key) => {
      try {
        await limiterOf(limit).consume(digest(key));
        return { kind: 'taken' };
      } catch (rejected) {
        if (!(rejected instanceof RateLimiterRes)) throw rejected;
        // It was counted all the same: what is given back later would not make room otherwise.
        await limiterOf(limit).reward(digest(key));
        return { kind: 'refused', retryAfterMs: rejected.msBeforeNext };
      }
    },
    giveBack: async (limit, key) => {
      await limiterOf(limit).reward(digest(key));
    },
  };
}

function createLimiter(store: Store, name: RateLimitName): RateLimiterAbstract {
  const { attempts, windowMs } = RATE_LIMITS[name];
  const options = { keyPrefix: name, points: attempts, duration: windowMs / SECOND_MS };
  if (store.engine === 'sqlite') return new RateLimiterMemory(options);
  return new RateLimiterPostgres({
    ...options,
    storeClient: { query: (query: SqlQuery) => runQuery(store, query) },
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    // See `purgeRateLimits`.
    clearExpiredByTimeout: false,
  });
}

interface SqlQuery {
  readonly text: string;
  readonly values: unknown[];
}

async function runQuery(
  { queries }: Store,
  { text, values }: SqlQuery,
): Promise<{ readonly rows: readonly unknown[] }> {
  return queries.executeQuery(CompiledQuery.raw(text, values));
}

/** An address or a network is nothing to be kept in the clear only to be counted. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** Removes counts whose window has ended; gives how many. */
export async function purgeRateLimits(tx: Tx, now: Instant, limit: number): Promise<number> {
  const ended = tx.selectFrom('rate_limits').select('key').where('expire', '<=', now).limit(limit);
  const result = await tx
    .deleteFrom('rate_limits')
    .where('key', 'in', ended.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
