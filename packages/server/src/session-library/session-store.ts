import type { SessionId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';

/** A session as the database has it. All instants are milliseconds since the epoch. None of it is a credential. */
export interface StoredSession {
  /** `ses_` and 32 hexadecimal digits. May be shown and logged: it opens nothing. */
  readonly id: SessionId;
  /** Whose it is: whatever the application calls its users by. */
  readonly subject: string;
  /** 16 random bytes. With the secret, and not without, they make the session's credentials. */
  readonly salt: Uint8Array;
  /** 0 to 2³² − 1: every rotation makes one. */
  readonly generation: number;
  /** 0 to 65,535: another credential of the same generation, where the answer with the one before was lost. */
  readonly attempt: number;
  /** Attempt of the generation before; null where the database lost it, and any counts. */
  readonly previousAttempt: number | null;
  /** When the current credential was made. */
  readonly rotatedAt: Instant;
  /** Whether the current credential was seen in use late enough to be done with the one before. */
  readonly confirmed: boolean;
  /** Whether the cookie outlives the browser. */
  readonly remember: boolean;
  readonly createdAt: Instant;
  /** To within a minute, or a quarter of the idle time. */
  readonly lastUsedAt: Instant;
  /** When it ends unless it is used again; never later than `expiresAt`. */
  readonly idleExpiresAt: Instant;
  /** When it ends. Fixed at the beginning. */
  readonly expiresAt: Instant;
}

/** What is to become of a session that was read locked. */
export interface SessionChange<T> {
  /** What to write in its place; null deletes it; undefined leaves it as it is. */
  readonly next?: StoredSession | null | undefined;
  /** What {@link SessionStore.change} gives back, once that is committed. */
  readonly result: T;
}

/**
 * What a database has to do. The promises of `change` are what the safety of rotation rests on: without its lock, two
 * requests at once would make two generations, and one of them would look like a theft.
 */
export interface SessionStore {
  /** Writes a new session. Throws where there is one with its id. */
  insert(session: StoredSession): void | Promise<void>;
  /** Reads without a lock what has been committed: from the primary, for a replica may not know a new session yet. */
  find(id: SessionId): StoredSession | undefined | Promise<StoredSession | undefined>;
  /**
   * In one transaction: reads the session with its row locked (`FOR UPDATE`, `BEGIN IMMEDIATE`), calls `change`, and writes
   * what it says. Whoever else changes this session waits, then reads what was written here. Where the transaction fails,
   * nothing is written and this throws. `change` is pure but for the clock: it may be called again where a transaction is
   * repeated, and its last call counts.
   *
   * `change` is told the database's clock, read when the lock was had, where processes on several machines share it: their
   * own clocks differ, and one that is ahead would find rotations old that are not. Without it, the process's clock is used.
   */
  change<T>(
    id: SessionId,
    change: (session: StoredSession | undefined, now?: Instant) => SessionChange<T>,
  ): T | Promise<T>;
  /** Deletes the sessions whose `idleExpiresAt` is not after `now`. */
  deleteExpired(now: Instant): void | Promise<void>;
}
