import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../http/app.ts';
import { checkSession, type SessionCheck, type SessionCheckRequest } from '../http/check-session.ts';
import type { AppEnvironment, Log } from '../http/environment.ts';
import { createMetrics } from '../http/metrics.ts';
import type { OperationContext } from '../operations/context.ts';
import { chainAuditEvents } from '../operations/chain-audit-events.ts';
import type { MailTransport } from '../operations/deliver-mail.ts';
import { fetchDueClientKeys } from '../operations/fetch-client-keys.ts';
import { followRevocations } from '../operations/follow-revocations.ts';
import { RevocationFeed } from '../operations/revocation-feed.ts';
import { purgeExpired } from '../operations/purge-expired.ts';
import { prepareDatabase } from '../operations/start.ts';
import { migrate } from '../storage/migrate.ts';
import { openStore } from '../storage/open-store.ts';
import { createOperationContext } from './create-operation-context.ts';
import { createLog } from './log.ts';
import { startLogoutWorker } from './logout-worker.ts';
import { smtpTransport, startMailWorker } from './mail-worker.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { every, type Repeating } from './repeat.ts';
import type { Settings } from './settings.ts';

const PURGE_INTERVAL_MS = 60_000;
const AUDIT_CHAIN_INTERVAL_MS = 2000;
/** How often it is looked which clients' keys are to be fetched anew. */
const CLIENT_KEYS_INTERVAL_MS = 60_000;
/** How soon another process's sign-out is seen here at the latest; two rounds are less than a heartbeat. */
const FOLLOW_INTERVAL_MS = 450;
/** Events that come closer together are read and sent together. */
const FOLLOW_PAUSE_MS = 20;
/** Longer than any honest request takes; sockets have their own limits. */
const REQUEST_TIMEOUT_MS = 30_000;

/** A running authorization server, without a socket of its own. */
export interface Latchkey {
  /** Answers a request to one of the server's routes. */
  fetch(request: Request, bindings?: AppEnvironment['Bindings']): Response | Promise<Response>;
  /**
   * The live session of a request to an application that embeds the server. In memory, and then synchronous,
   * where this node read it a moment ago. The answer is to carry the check's `setCookie()`; the adapters see to it.
   */
  checkSession(request: SessionCheckRequest): SessionCheck | Promise<SessionCheck>;
  /** Ends the streams of the revocation feed, which would never end by themselves, and opens no other. */
  endStreams(): void;
  /** Stops background work and closes the database. Requests must have ended before. */
  close(): Promise<void>;
}

/** What the command line needs besides. */
export interface LatchkeyInternals extends Latchkey {
  readonly operations: OperationContext;
}

/**
 * Opens and migrates the database and makes the server.
 *
 * @param settings - From {@link readSettings}.
 */
export async function createLatchkey(
  settings: Settings,
  log: Log = createLog(settings.logLevel),
): Promise<LatchkeyInternals> {
  const store = openStore({
    url: settings.databaseUrl,
    maxConnections: settings.databasePoolSize,
    onConnectionLost: (error) => log.warn({ err: error }, 'database connection lost'),
  });
  try {
    const applied = await migrate(store);
    if (applied.length > 0) log.info({ migrations: applied }, 'database migrated');
    const passwords = createPasswordHasher();
    const operations = createOperationContext(settings, store, passwords);
    await prepareDatabase(operations);
    const mail = settings.smtpUrl && (await smtpTransport(settings.smtpUrl, settings.mailFrom));
    return assemble(settings, operations, log, { mail, hashQueue: () => passwords.pending() });
  } catch (error) {
    await store.close();
    throw error;
  }
}

function assemble(
  settings: Settings,
  operations: OperationContext,
  log: Log,
  { mail, hashQueue }: { readonly mail: MailTransport | undefined; readonly hashQueue: () => number },
): LatchkeyInternals {
  const development = settings.mode === 'development';
  const feed = new RevocationFeed(operations);
  const app = createApp({
    operations,
    feed,
    log,
    metrics: createMetrics(hashQueue, () => feed.counts),
    options: { development, trustedProxies: settings.trustedProxies, requestTimeoutMs: REQUEST_TIMEOUT_MS },
  });
  const logoutWorker = startLogoutWorker(operations, log);
  // What ends a session is in the log as well: whoever hears of the one looks for the other.
  const follower = startFollower(operations, feed, log, () => logoutWorker.wake());
  const background = [
    every(PURGE_INTERVAL_MS, log, 'purge', () => purgeExpired(operations)),
    every(AUDIT_CHAIN_INTERVAL_MS, log, 'audit chain', () => chainAuditEvents(operations)),
    every(CLIENT_KEYS_INTERVAL_MS, log, 'client keys', (isStopping) => fetchDueClientKeys(operations, isStopping)),
    follower,
    logoutWorker,
  ];
  if (mail !== undefined) background.push(startMailWorker(operations, mail, log));
  return {
    operations,
    fetch: (request, bindings) => app.fetch(request, bindings),
    checkSession: (request) => checkSession(operations, request),
    endStreams: () => feed.close(),
    close: async () => {
      feed.close();
      await Promise.all(background.map((work) => work.stop()));
      await operations.store.close();
    },
  };
}

/** Follows the log: at intervals, and as soon as somebody is known to have written to it. */
function startFollower(
  operations: OperationContext,
  feed: RevocationFeed,
  log: Log,
  onNotice: () => void,
): Pick<Repeating, 'stop'> {
  const follow = followRevocations(operations, feed);
  let endedAtMs = -Infinity;
  const follower = every(FOLLOW_INTERVAL_MS, log, 'revocations', async () => {
    const pauseMs = endedAtMs + FOLLOW_PAUSE_MS - performance.now();
    if (pauseMs > 0) await sleep(pauseMs);
    try {
      await follow();
    } finally {
      endedAtMs = performance.now();
    }
  });
  const { store, revocationBell } = operations;
  const wake = () => {
    follower.wake();
    onNotice();
  };
  const notices = store.listenForRevocations(wake);
  // PostgreSQL gives notice of a commit, also to the node that it came from. SQLite does not; there the next query
  // of this process waits until the transaction has ended.
  if (store.engine === 'sqlite') revocationBell.listen(wake);
  return { stop: async () => void (await Promise.all([notices.stop(), follower.stop()])) };
}
