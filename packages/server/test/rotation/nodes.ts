import { sql, type KyselyPlugin } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import type { OperationContext } from '../../src/operations/context.ts';
import { followRevocations, type RevocationFollower } from '../../src/operations/follow-revocations.ts';
import { rotationClock } from '../../src/storage/clock.ts';
import type { Store } from '../../src/storage/store.ts';
import { createTestContext, TestClock } from '../support/test-server.ts';
import type { DatabaseContext } from '../support/databases.ts';
import { NOW } from '../storage/nodes.ts';

/** One of several servers on one database, without the work in the background: a memory and connections of its own. */
export interface TestNode extends AsyncDisposable {
  readonly operations: OperationContext;
  /** What it asked the database for, one entry a statement: `begin`, `select`, `update`, `insert`. */
  readonly statements: string[];
  /** Called before each of them, where it is set. */
  onStatement: ((statement: string) => void) | undefined;
  /** Reads the revocation log once, as the server does every half second. */
  readonly follow: RevocationFollower;
}

export interface NodeOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** How far the node's own clock is ahead of the database's. */
  readonly skewMs?: number;
}

/** A node on a database that may be shared, where all go by the test's clock, PostgreSQL too. */
export async function openNode(databaseUrl: string, clock: TestClock, options: NodeOptions = {}): Promise<TestNode> {
  const { settings = {}, skewMs = 0 } = options;
  return assemble(databaseUrl, clock, settings, { clock: () => clock.now() + skewMs, rotationClock: clock.now });
}

/** A node that goes by real clocks: on PostgreSQL by the database's. */
export async function openNodeInRealTime(databaseUrl: string): Promise<TestNode> {
  return assemble(databaseUrl, new TestClock(Date.now()), {}, { clock: Date.now });
}

async function assemble(
  databaseUrl: string,
  clock: TestClock,
  settings: Readonly<Record<string, string>>,
  changed: Partial<OperationContext>,
): Promise<TestNode> {
  const context = await createTestContext(clock, { databaseUrl, settings });
  const { store } = context.operations;
  const statements: string[] = [];
  const operations: OperationContext = {
    ...context.operations,
    rotationClock: rotationClock(store, Date.now),
    ...changed,
    store: loggingStore(store, (statement) => {
      node.onStatement?.(statement);
      statements.push(statement);
    }),
  };
  const node: TestNode = {
    operations,
    statements,
    onStatement: undefined,
    follow: followRevocations(operations),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  };
  // Its first round only finds the end of the log.
  await node.follow();
  statements.length = 0;
  return node;
}

function loggingStore(store: Store, onStatement: (statement: string) => void): Store {
  const log: KyselyPlugin = {
    transformQuery({ node }) {
      onStatement(node.kind.replace('QueryNode', '').toLowerCase());
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    ...store,
    queries: store.queries.withPlugin(log),
    transaction: (work) => {
      onStatement('begin');
      return store.transaction((tx) => work(tx.withPlugin(log)));
    },
  };
}

/** The database's name and version, as in reports. */
export async function engineOf({ store }: OperationContext): Promise<string> {
  if (store.engine === 'sqlite') return `SQLite ${process.versions['sqlite']}`;
  const version = sql<{ text: string }>`select current_setting('server_version') as text`;
  return `PostgreSQL ${(await version.execute(store.queries)).rows[0]!.text}`;
}

/** Two nodes on the database of a `describe`, by one clock. To be read in tests and hooks, not while collecting. */
export function useTwoNodes(database: DatabaseContext, settings: Readonly<Record<string, string>> = {}) {
  const clock = new TestClock(NOW);
  const nodes: TestNode[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1) nodes.push(await openNode(database.url, clock, { settings }));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });
  return {
    clock,
    get first() {
      return nodes[0]!;
    },
    get second() {
      return nodes[1]!;
    },
  };
}
