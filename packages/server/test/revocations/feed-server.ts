import { randomBytes } from 'node:crypto';
import { REVOCATIONS_SCOPE, ROUTES, type RevocationPage } from '@latchkey/protocol';
import type { RevocationEvent } from '../../src/domain/revocation/event.ts';
import { createLatchkey, type LatchkeyInternals } from '../../src/node/create-latchkey.ts';
import { listen, type Listening } from '../../src/node/serve.ts';
import { readSettings } from '../../src/node/settings.ts';
import { revoke, type OperationContext } from '../../src/operations/context.ts';
import { addClient } from '../../src/operations/manage-clients.ts';
import { createTestDatabase } from '../support/databases.ts';
import { findFreePort } from '../support/free-port.ts';
import { CapturedLog, TEST_SECRET } from '../support/test-server.ts';
import { openFeed, type FeedReader } from './feed-reader.ts';

export interface FeedClient {
  readonly id: `cli_${string}`;
  /** The `Authorization` header. */
  readonly authorization: string;
}

/** Registers a client that may read the feed. */
export async function addFeedClient(
  operations: OperationContext,
  scopes: readonly string[] = [REVOCATIONS_SCOPE],
): Promise<FeedClient> {
  const registration = {
    name: 'resource server',
    grants: [],
    scope: scopes.join(' '),
    audiences: [],
    redirectUris: [],
    isPublic: false,
    authMethod: undefined,
  };
  const added = await addClient(operations, registration, 'test');
  if (added.kind !== 'added' || added.secret === undefined) throw new Error('The client was refused');
  const { id } = added.client;
  const credentials = Buffer.from(`${id}:${added.secret.reveal()}`).toString('base64');
  return { id, authorization: `Basic ${credentials}` };
}

/** Writes events to the log, each in a transaction of its own, as an operation does. */
export async function revokeSessions(operations: OperationContext, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await revokeOne(operations, aSessionEvent());
}

export async function revokeOne(operations: OperationContext, event: RevocationEvent): Promise<void> {
  await operations.store.transaction((tx) => revoke(operations, tx, operations.clock(), event));
}

export function aSessionEvent(): RevocationEvent {
  return { kind: 'session', key: `ses_${randomBytes(16).toString('hex')}` };
}

/** Writes any number of events at once. */
export async function revokeMany(operations: OperationContext, count: number): Promise<void> {
  const now = operations.clock();
  await operations.store.transaction(async (tx) => {
    const { seq } = await tx.selectFrom('revocation_head').select('seq').forUpdate().executeTakeFirstOrThrow();
    for (let start = 0; start < count; start += 500) {
      const rows = Array.from({ length: Math.min(500, count - start) }, (_, index) => ({
        seq: seq + start + index + 1,
        ...aSessionEvent(),
        min_version: null,
        committed_at: now,
        drop_after: now + 1_800_000,
        mark: `mark-${seq + start + index + 1}`,
      }));
      await tx.insertInto('revocation_events').values(rows).execute();
    }
    await tx
      .updateTable('revocation_head')
      .set({ seq: seq + count, mark: `mark-${seq + count}` })
      .execute();
  });
  operations.revocationBell.ring();
}

/** A server with a socket, in this process, and a client that may read its feed. */
export interface FeedServer extends AsyncDisposable {
  readonly origin: string;
  readonly operations: OperationContext;
  readonly client: FeedClient;
  readonly log: CapturedLog;
  /** A page as JSON, by a request for a path of the feed. */
  page(path: string): Promise<RevocationPage>;
  snapshot(): Promise<RevocationPage>;
  /** A stream behind a page: the snapshot of now by default. Closed at the end. */
  stream(after?: Pick<RevocationPage, 'epoch' | 'cursor'>, client?: FeedClient): Promise<FeedReader>;
  metric(name: string): Promise<number>;
  /** Ends gracefully; further calls do nothing. */
  stop(): Promise<void>;
}

export async function startFeedServer(databaseUrl?: string): Promise<FeedServer> {
  const database = databaseUrl === undefined ? await createTestDatabase('sqlite') : undefined;
  const port = await findFreePort();
  const settings = readSettings({
    LATCHKEY_DATABASE_URL: databaseUrl ?? database!.url,
    LATCHKEY_SECRET: TEST_SECRET,
    PORT: String(port),
  });
  const log = new CapturedLog();
  const latchkey = await createLatchkey(settings, log);
  const listening = await listen(latchkey, settings);
  return serverOf({ port, latchkey, listening, log, drop: async () => database?.drop() });
}

interface Running {
  readonly port: number;
  readonly latchkey: LatchkeyInternals;
  readonly listening: Listening;
  readonly log: CapturedLog;
  readonly drop: () => Promise<void>;
}

async function serverOf({ port, latchkey, listening, log, drop }: Running): Promise<FeedServer> {
  const { operations } = latchkey;
  const origin = `http://127.0.0.1:${port}`;
  const client = await addFeedClient(operations);
  const readers: FeedReader[] = [];
  let stopped: Promise<void> | undefined;
  const server: FeedServer = {
    origin,
    operations,
    client,
    log,
    page: async (path) => {
      const response = await fetch(origin + path, { headers: { Authorization: client.authorization } });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as RevocationPage;
    },
    snapshot: () => server.page(ROUTES.revocationSnapshot),
    stream: async (after, by = client) => {
      const { epoch, cursor } = after ?? (await server.snapshot());
      const url = `${origin}${ROUTES.revocations}?${new URLSearchParams({ epoch, after: cursor })}`;
      const reader = await openFeed(url, { Authorization: by.authorization });
      readers.push(reader);
      return reader;
    },
    metric: async (name) => {
      const text = await (await fetch(`${origin}${ROUTES.metrics}`)).text();
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
    },
    stop: () =>
      (stopped ??= (async () => {
        await listening.stop();
        await latchkey.close();
      })()),
    [Symbol.asyncDispose]: async () => {
      for (const reader of readers) reader.close();
      await server.stop();
      await drop();
    },
  };
  return server;
}
