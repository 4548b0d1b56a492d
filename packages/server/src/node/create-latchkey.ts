import { randomBytes } from 'node:crypto';
import { SECOND_MS } from '../domain/instant.ts';
import { deriveMasterKeys } from '../domain/secrets/master-keys.ts';
import { rotationPolicy } from '../domain/sessions/decide-refresh.ts';
import { createApp } from '../http/app.ts';
import { checkSession, type SessionCheck, type SessionCheckRequest } from '../http/check-session.ts';
import type { AppEnvironment, Log } from '../http/environment.ts';
import { createMetrics } from '../http/metrics.ts';
import type { OperationContext, Policy } from '../operations/context.ts';
import { followRevocations } from '../operations/follow-revocations.ts';
import { KeyRing } from '../operations/key-ring.ts';
import { purgeExpired } from '../operations/purge-expired.ts';
import { SessionCache } from '../operations/session-cache.ts';
import { prepareDatabase } from '../operations/start.ts';
import { databaseClock } from '../storage/clock.ts';
import { migrate } from '../storage/migrate.ts';
import { openStore } from '../storage/open-store.ts';
import { createAttemptCounter } from '../storage/rate-limits.ts';
import type { Store } from '../storage/store.ts';
import { createLog } from './log.ts';
import { smtpTransport, startMailWorker } from './mail-worker.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { every } from './repeat.ts';
import type { Settings } from './settings.ts';

const PURGE_INTERVAL_MS = 60_000;
/** How soon another node's sign-out is seen here. */
const FOLLOW_INTERVAL_MS = 500;
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
    const metrics = createMetrics(() => passwords.pending());
    return assemble(settings, operations, log, metrics);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The context of all operations, from settings and an open store. */
export function createOperationContext(
  settings: Settings,
  store: Store,
  passwords: OperationContext['passwords'] = createPasswordHasher(),
): OperationContext {
  const clock = Date.now;
  const keys = deriveMasterKeys(settings.secret);
  const rotation = rotationPolicies(settings);
  return {
    store,
    clock,
    databaseNow: databaseClock(store, clock),
    random: (length) => randomBytes(length),
    keys,
    passwords,
    attempts: createAttemptCounter(store),
    policy: {
      issuer: settings.issuer,
      session: settings.session,
      rotation,
      signingAlgorithm: settings.signingAlgorithm,
      loopbackUnlimited: settings.mode === 'development',
      accessTokens: {
        issuer: settings.issuer,
        ttlSeconds: settings.accessTokenTtlSeconds,
        audiences: settings.audiences,
        scopes: settings.scopes,
      },
    },
    sessions: new SessionCache(keys.sessionMac, rotation),
    keyRing: new KeyRing(store, keys, clock),
  };
}

/** A cookie rotates at its own age; a refresh token as soon as the overlap is over. */
function rotationPolicies({ session }: Settings): Policy['rotation'] {
  const overlapMs = session.overlapSeconds * SECOND_MS;
  return {
    cookie: rotationPolicy(overlapMs, session.rotateSeconds * SECOND_MS),
    refresh_token: rotationPolicy(overlapMs, overlapMs),
  };
}

function assemble(
  settings: Settings,
  operations: OperationContext,
  log: Log,
  metrics: ReturnType<typeof createMetrics>,
): LatchkeyInternals {
  const development = settings.mode === 'development';
  const app = createApp({
    operations,
    log,
    metrics,
    options: { development, trustedProxies: settings.trustedProxies, requestTimeoutMs: REQUEST_TIMEOUT_MS },
  });
  const follower = every(FOLLOW_INTERVAL_MS, log, 'revocations', followRevocations(operations));
  const notices = operations.store.listenForRevocations(() => follower.wake());
  const background = [every(PURGE_INTERVAL_MS, log, 'purge', () => purgeExpired(operations)), follower];
  if (settings.smtpUrl !== undefined) {
    background.push(startMailWorker(operations, smtpTransport(settings.smtpUrl, settings.mailFrom), log));
  }
  return {
    operations,
    fetch: (request, bindings) => app.fetch(request, bindings),
    checkSession: (request) => checkSession(operations, request),
    close: async () => {
      await Promise.all([notices, ...background].map((work) => work.stop()));
      await operations.store.close();
    },
  };
}
