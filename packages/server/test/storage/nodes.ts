import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { parseEmailAddress } from '../../src/domain/email-addresses/parse.ts';
import { newId, type SessionId, type UserId } from '../../src/domain/ids.ts';
import type { Session } from '../../src/domain/sessions/session.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { ensureRevocationHead } from '../../src/storage/revocations.ts';
import { insertSession } from '../../src/storage/sessions.ts';
import type { Store, Tx } from '../../src/storage/store.ts';
import { insertUser, type NewUser } from '../../src/storage/users.ts';
import type { DatabaseContext } from '../support/databases.ts';

export const NOW = 1_800_000_000_000;
export const EPOCH = 'epoch-of-tests';

/** What the databases say of a second row where a unique index allows one (SQLITE_CONSTRAINT_UNIQUE; SQLSTATE). */
export const UNIQUE_VIOLATION = { sqlite: { errcode: 2067 }, postgres: { code: '23505' } } as const;

/** Several nodes of one deployment: stores of their own, with connections of their own, on one database. */
export class Nodes {
  readonly #stores: readonly Store[];

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  node(index: number): Store {
    return this.#stores[index % this.#stores.length]!;
  }

  get first(): Store {
    return this.node(0);
  }

  /** Calls as many times as asked for at once, spread over the nodes. */
  async atOnce<Result>(calls: number, call: (store: Store, index: number) => Promise<Result>): Promise<Result[]> {
    return Promise.all(Array.from({ length: calls }, (_, index) => call(this.node(index), index)));
  }

  /** As {@link atOnce}, each call in a transaction of its own. */
  async transactAtOnce<Result>(calls: number, work: (tx: Tx, index: number) => Promise<Result>): Promise<Result[]> {
    return this.atOnce(calls, (store, index) => store.transaction((tx) => work(tx, index)));
  }
}

/** Three nodes on the database of a `describe`, migrated. To be read in tests and hooks, not while collecting. */
export function useNodes(database: DatabaseContext): () => Nodes {
  let stores: readonly Store[] = [];
  beforeAll(async () => {
    stores = Array.from({ length: 3 }, () => openStore({ url: database.url }));
    const [first] = stores;
    await migrate(first!);
    await first!.transaction((tx) => ensureRevocationHead(tx, EPOCH));
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return () => new Nodes(stores);
}

let addresses = 0;

/** A user to insert, with an address that no other has. */
export function aUser(overrides: Partial<NewUser> = {}): NewUser {
  addresses += 1;
  const email = parseEmailAddress(`Person-${addresses}@example.org`)!;
  const id = newId('usr', NOW, randomBytes);
  return { id, email, name: null, role: 'user', emailVerifiedAt: null, now: NOW, ...overrides };
}

export async function addUser(store: Store, overrides: Partial<NewUser> = {}): Promise<UserId> {
  const user = aUser(overrides);
  await store.transaction((tx) => insertUser(tx, user));
  return user.id;
}

const HOUR_MS = 3_600_000;

export function aSession(userId: UserId, overrides: Partial<Session> = {}): Session {
  return {
    id: newId('ses', NOW, randomBytes),
    userId,
    clientId: null,
    carrier: 'cookie',
    salt: new Uint8Array(randomBytes(16)),
    generation: 0,
    attempt: 0,
    previousAttempt: null,
    rotatedAt: NOW,
    confirmed: false,
    strictGeneration: null,
    replaces: null,
    remember: true,
    authTime: NOW,
    amr: ['pwd', 'otp'],
    userAgent: 'Browser/1.0 (ünïcode)',
    network: '192.0.2.1',
    createdAt: NOW,
    lastUsedAt: NOW,
    idleExpiresAt: NOW + HOUR_MS,
    expiresAt: NOW + 24 * HOUR_MS,
    revokedAt: null,
    ...overrides,
  };
}

export async function addSession(store: Store, userId: UserId, overrides: Partial<Session> = {}): Promise<SessionId> {
  const session = aSession(userId, overrides);
  await store.transaction((tx) => insertSession(tx, session));
  return session.id;
}
