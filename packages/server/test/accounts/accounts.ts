import { randomBytes } from 'node:crypto';
import { beforeAll, afterAll } from 'vitest';
import type { Caller } from '../../src/domain/audit/event.ts';
import { parseEmailAddress } from '../../src/domain/email-addresses/parse.ts';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import type { MailMessage } from '../../src/domain/mail/messages.ts';
import type { OperationContext, PasswordHasher } from '../../src/operations/context.ts';
import { readOutbox } from '../../src/operations/deliver-mail.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { insertSession } from '../../src/storage/sessions.ts';
import { insertUser, savePasswordHash } from '../../src/storage/users.ts';
import { openNode, type TestNode } from '../rotation/nodes.ts';
import { aSession, aUser } from '../storage/nodes.ts';
import type { DatabaseContext } from '../support/databases.ts';
import { TestClock } from '../support/test-server.ts';

export const CALLER: Caller = { network: null, userAgent: null };
export const PASSWORD = 'correct horse battery staple';
export const NEW_PASSWORD = 'another good password';

/** Costs nothing: what is tried here 50 times at once is what comes after the hash. */
const PLAIN_HASHER: PasswordHasher = {
  hash: async (password) => `${randomBytes(4).toString('hex')} ${password.reveal()}`,
  verify: async (hash, password) => hash?.slice(9) === password.reveal(),
  isOutdated: () => false,
};

export interface Account {
  readonly id: UserId;
  readonly email: string;
  /** Live sessions of the account. */
  readonly sessions: readonly SessionId[];
}

/** A user with so many sessions. */
export async function makeAccount(
  { store, passwords, clock }: OperationContext,
  sessions = 1,
  more: { readonly email?: string; readonly emailVerifiedAt?: number | null } = {},
): Promise<Account> {
  const now = clock();
  const { email: text = `${randomBytes(6).toString('hex')}@example.com`, ...changes } = more;
  const email = parseEmailAddress(text)!;
  const user = aUser({ email, emailVerifiedAt: now, ...changes });
  const hash = await passwords.hash({ reveal: () => PASSWORD } as never);
  const live = { createdAt: now, lastUsedAt: now, idleExpiresAt: now + 9e9, expiresAt: now + 9e9 };
  const rows = Array.from({ length: sessions }, () => aSession(user.id, live));
  await store.transaction(async (tx) => {
    await insertUser(tx, user);
    await savePasswordHash(tx, user.id, hash, now);
    for (const row of rows) await insertSession(tx, row);
  });
  return { id: user.id, email: email.address, sessions: rows.map(({ id }) => id) };
}

/** What can be asked of a database about an account. */
export function tracesOf({ operations }: TestNode) {
  const { queries } = operations.store;
  const mails = () => readOutbox(operations, 1000);
  const mailsTo = async (address: string) => (await mails()).filter(({ to }) => to === address);
  return {
    mailsTo,
    /** Token of the newest mail of a kind to an address. */
    tokenTo: async (address: string, kind: MailMessage['kind']) => {
      const mail = (await mailsTo(address)).find((each) => each.kind === kind);
      const token = /lko_[\w-]+/.exec(mail?.text ?? '')?.[0];
      if (token === undefined) throw new Error(`No ${kind} with a token was mailed to this address`);
      return token;
    },
    liveSessions: async (id: UserId) => {
      const rows = await queries
        .selectFrom('sessions')
        .select('id')
        .where('user_id', '=', id)
        .where('revoked_at', 'is', null)
        .execute();
      return rows.map((row) => row.id);
    },
    user: (id: UserId) => queries.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst(),
    purposes: async (id: UserId) => {
      const rows = await queries.selectFrom('one_time_tokens').select('purpose').where('user_id', '=', id).execute();
      return rows.map(({ purpose }) => purpose).toSorted();
    },
    revocations: async (id: UserId) => {
      const events = await listRevocations(queries, 0, 100_000);
      return events.filter(({ key }) => key === id).map(({ kind, min_version: version }) => `${kind} ${version}`);
    },
    audit: async (id: UserId) => {
      const rows = await queries
        .selectFrom('audit_events')
        .select(['type', 'outcome'])
        .where('target', '=', id)
        .orderBy('id')
        .execute();
      return rows.map(({ type, outcome }) => `${type} ${outcome}`);
    },
  };
}

/** Three nodes on the database of a `describe`, by one clock that stands still, with passwords that cost nothing. */
export function useAccounts(database: DatabaseContext) {
  const clock = new TestClock();
  const nodes: TestNode[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 3; count += 1) {
      const node = await openNode(database.url, clock);
      nodes.push({ ...node, operations: { ...node.operations, passwords: PLAIN_HASHER } });
    }
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });
  const nodeOf = (index: number) => nodes[index % nodes.length]!;
  return {
    clock,
    get operations() {
      return nodeOf(0).operations;
    },
    get traces() {
      return tracesOf(nodeOf(0));
    },
    /** Calls as often at once, spread over the nodes. */
    atOnce: <Result>(
      times: number,
      call: (operations: OperationContext, index: number) => Promise<Result>,
    ): Promise<Result[]> =>
      Promise.all(Array.from({ length: times }, (_, index) => call(nodeOf(index).operations, index))),
  };
}

/** How often each kind came. */
export function countKinds(results: readonly { readonly kind: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
