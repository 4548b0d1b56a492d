/** A real server in-process: every request goes through `fetch(Request)`, every row into a real database. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { PROBLEM_MEDIA_TYPE, ROUTES, SLOT_HEADER, type ProblemDocument } from '@latchkey/protocol';
import type { RandomBytes } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/instant.ts';
import { createApp } from '../../src/http/app.ts';
import type { AppEnvironment, Log } from '../../src/http/environment.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createLatchkey } from '../../src/node/create-latchkey.ts';
import { createOperationContext } from '../../src/node/create-operation-context.ts';
import { createPasswordHasher, type HashParameters } from '../../src/node/password-hasher.ts';
import { readSettings, type Settings } from '../../src/node/settings.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { KeyRing } from '../../src/operations/key-ring.ts';
import { RevocationFeed } from '../../src/operations/revocation-feed.ts';
import { prepareDatabase } from '../../src/operations/start.ts';
import { listAuditEvents, type RecordedAuditEvent } from '../../src/storage/audit-events.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { CookieJar } from './cookie-jar.ts';
import { createTestDatabase } from './databases.ts';

export const TEST_SECRET = 'test-only-master-secret-of-more-than-32-bytes';
export const PASSWORD = 'correct horse battery staple';
/** Real argon2id, for a fiftieth of the time. What it has to cost is for the tests of `startTestServer`. */
const CHEAP_HASHES: HashParameters = { memoryCost: 256, timeCost: 1 };

export interface TestServerOptions {
  /** Default: a fresh SQLite file, removed at the end. */
  readonly databaseUrl?: string;
  /** Settings by their names, over those that every test server has. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface RequestOptions {
  readonly method?: string;
  /** Body as JSON, with its content type. */
  readonly json?: unknown;
  /** Body as a form, with its content type; pairs, so that a field may come twice. */
  readonly form?: readonly (readonly [name: string, value: string])[];
  readonly body?: BodyInit;
  /** The `Cookie` header, as it is. */
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MailInOutbox {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: readonly string[];
  readonly sentAt: string;
}

export interface TestServer extends AsyncDisposable {
  readonly issuer: string;
  readonly settings: Settings;
  readonly operations: OperationContext;
  readonly log: CapturedLog;
  fetch(request: Request, bindings?: AppEnvironment['Bindings']): Promise<Response>;
  /** Sends a request as a program does: no cookie, no Origin, no Fetch Metadata unless given. */
  request(path: string, options?: RequestOptions): Promise<Response>;
  /** A browser of its own, with a cookie jar, and Fetch Metadata as for the server's own pages. */
  browser(): TestBrowser;
  /** The newest mail to an address; development only. */
  mailTo(address: string): Promise<MailInOutbox>;
  /** Signs up and confirms the address by the mailed link. */
  signUpAndVerify(email: string, password?: string): Promise<void>;
  /** A browser that is signed in to a new, verified account. */
  signedIn(email: string, password?: string): Promise<TestBrowser>;
  /** The newest first. */
  auditEvents(limit?: number): Promise<readonly RecordedAuditEvent[]>;
  /** Rows of each table. */
  tableCounts(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export interface TestBrowser {
  readonly jar: CookieJar;
  request(path: string, options?: RequestOptions): Promise<Response>;
  signIn(email: string, password?: string, more?: { remember?: boolean; slot?: number }): Promise<Response>;
  /** Who is signed in, in the slot; undefined for nobody. */
  session(slot?: number): Promise<SignedIn | undefined>;
}

export interface SignedIn {
  readonly user: { readonly id: string; readonly email: string };
  readonly session: { readonly id: string; readonly current: boolean; readonly expiresAt: string };
}

/** What the server logged, as it was given to the logger: before anything was redacted. */
export class CapturedLog implements Log {
  readonly entries: { readonly level: 'info' | 'warn' | 'error'; readonly fields: object; readonly message: string }[] =
    [];

  info(fields: object, message: string): void {
    this.entries.push({ level: 'info', fields, message });
  }

  warn(fields: object, message: string): void {
    this.entries.push({ level: 'warn', fields, message });
  }

  error(fields: object, message: string): void {
    this.entries.push({ level: 'error', fields, message });
  }

  /** All of it, errors with their causes and stacks. */
  text(): string {
    return inspect(this.entries, { depth: 20, maxArrayLength: null, maxStringLength: null, breakLength: Infinity });
  }
}

/** Settings of a test server. Nothing is read from the environment of the test run. */
function testSettings(databaseUrl: string, more: Readonly<Record<string, unknown>> = {}): Settings {
  return readSettings({ LATCHKEY_DATABASE_URL: databaseUrl, LATCHKEY_SECRET: TEST_SECRET, ...more });
}

/** The server as `latchkey serve` makes it, without a socket. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.databaseUrl === undefined ? await createTestDatabase('sqlite') : undefined;
  const settings = testSettings(options.databaseUrl ?? database!.url, options.settings);
  const log = new CapturedLog();
  const latchkey = await createLatchkey(settings, log);
  return assemble(
    settings,
    latchkey.operations,
    log,
    async (request, bindings) => latchkey.fetch(request, bindings),
    async () => {
      await latchkey.close();
      await database?.drop();
    },
  );
}

/** A clock that stands still until it is told to go on. */
export class TestClock {
  #now: Instant;

  constructor(now: Instant = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  readonly now = (): Instant => this.#now;

  advance(ms: number): void {
    this.#now += ms;
  }
}

export interface TestContext extends AsyncDisposable {
  readonly operations: OperationContext;
  readonly settings: Settings;
}

export interface TestContextOptions extends TestServerOptions {
  readonly random?: RandomBytes;
  /** What operations work with instead of the store itself, such as one that records. */
  readonly wrapStore?: (store: Store) => Store;
}

/** The operations' context on a fresh SQLite file, with a clock and randomness of the test's own, and cheap hashes. */
export async function createTestContext(clock: TestClock, options: TestContextOptions = {}): Promise<TestContext> {
  const database = options.databaseUrl === undefined ? await createTestDatabase('sqlite') : undefined;
  const settings = testSettings(options.databaseUrl ?? database!.url, options.settings);
  const opened = openStore({ url: settings.databaseUrl });
  const store = options.wrapStore?.(opened) ?? opened;
  await migrate(store);
  const context = createOperationContext(settings, store, createPasswordHasher(undefined, CHEAP_HASHES));
  const operations: OperationContext = {
    ...context,
    clock: clock.now,
    // On PostgreSQL too, whose own clock goes on.
    rotationClock: clock.now,
    random: options.random ?? ((length) => randomBytes(length)),
    keyRing: new KeyRing(store, context.keys, clock.now),
  };
  await prepareDatabase(operations);
  return {
    operations,
    settings,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await database?.drop();
    },
  };
}

/** As {@link startTestServer}, but by the test's own clock, with cheap hashes, and without work in the background. */
export async function startClockedServer(clock: TestClock, options: TestContextOptions = {}): Promise<TestServer> {
  const context = await createTestContext(clock, options);
  const { settings, operations } = context;
  const log = new CapturedLog();
  const feed = new RevocationFeed(operations);
  const app = createApp({
    operations,
    feed,
    log,
    metrics: createMetrics(
      () => createPasswordHasher().pending(),
      () => feed.counts,
    ),
    options: {
      development: settings.mode === 'development',
      trustedProxies: settings.trustedProxies,
      requestTimeoutMs: 10_000,
    },
  });
  return assemble(
    settings,
    operations,
    log,
    async (request, bindings) => app.fetch(request, bindings),
    async () => context[Symbol.asyncDispose](),
  );
}

function assemble(
  settings: Settings,
  operations: OperationContext,
  log: CapturedLog,
  fetch: TestServer['fetch'],
  close: () => Promise<void>,
): TestServer {
  const { issuer } = settings;
  const server: TestServer = {
    issuer,
    settings,
    operations,
    log,
    fetch,
    request: (path, options) => fetch(toRequest(issuer, path, options)),
    browser: () => createBrowser(server),
    mailTo: async (address) => {
      const mails = (await (await server.request(ROUTES.devMailJson)).json()) as MailInOutbox[];
      const mail = mails.find(({ to }) => to === address);
      if (mail === undefined) throw new Error('There is no mail to this address');
      return mail;
    },
    signUpAndVerify: async (email, password = PASSWORD) => {
      await expectStatus(202, server.request(ROUTES.signUp, { json: { email, password } }));
      const token = tokenIn(await server.mailTo(email));
      await expectStatus(200, server.request(ROUTES.confirmEmail, { json: { token } }));
    },
    signedIn: async (email, password = PASSWORD) => {
      await server.signUpAndVerify(email, password);
      const browser = server.browser();
      await expectStatus(200, browser.signIn(email, password));
      return browser;
    },
    auditEvents: (limit = 100) => listAuditEvents(operations.store.queries, limit),
    tableCounts: () => countRows(operations),
    close,
    [Symbol.asyncDispose]: close,
  };
  return server;
}

function createBrowser(server: TestServer): TestBrowser {
  const jar = new CookieJar();
  const browser: TestBrowser = {
    jar,
    request: async (path, options = {}) => {
      const url = new URL(path, server.issuer);
      const response = await server.request(path, {
        ...options,
        cookie: options.cookie ?? jar.header(url),
        headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', ...options.headers },
      });
      jar.apply(url, response);
      return response;
    },
    signIn: (email, password = PASSWORD, more = {}) =>
      browser.request(ROUTES.signIn, { json: { email, password, ...more } }),
    session: async (slot) => {
      const headers = slot === undefined ? {} : { [SLOT_HEADER]: String(slot) };
      const response = await browser.request(ROUTES.session, { headers });
      return response.status === 200 ? ((await response.json()) as SignedIn) : undefined;
    },
  };
  return browser;
}

function toRequest(issuer: string, path: string, options: RequestOptions = {}): Request {
  const { json, form, body, cookie } = options;
  const headers = new Headers(options.headers);
  if (cookie !== undefined) headers.set('Cookie', cookie);
  let content = body;
  if (json !== undefined) {
    content = JSON.stringify(json);
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  }
  if (form !== undefined) {
    content = new URLSearchParams(form.map(([name, value]) => [name, value])).toString();
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/x-www-form-urlencoded');
  }
  const method = options.method ?? (content === undefined ? 'GET' : 'POST');
  // Joined as text: URL would tidy up the paths that are to be tested.
  return new Request(issuer + path, {
    method,
    headers,
    ...(content !== undefined && { body: content, duplex: 'half' }),
  });
}

async function expectStatus(status: number, response: Promise<Response>): Promise<void> {
  const answer = await response;
  if (answer.status !== status) throw new Error(`Answered ${answer.status}: ${await answer.text()}`);
}

/** The stable code of an error's body, with its status: `400 invalid_request`. */
export async function problemOf(response: Response): Promise<string> {
  if (response.headers.get('Content-Type') !== PROBLEM_MEDIA_TYPE)
    return `${response.status} without a problem document`;
  const { status, code, type } = (await response.json()) as ProblemDocument;
  const isConsistent = status === response.status && type === `urn:latchkey:error:${code}`;
  return isConsistent ? `${status} ${code}` : `${response.status} inconsistent: ${status} ${code} ${type}`;
}

/** The one-time token in a mail's link. */
export function tokenIn(mail: MailInOutbox): string {
  const token = mail.links.map((link) => new URL(link).searchParams.get('token')).find((found) => found !== null);
  if (token === undefined || token === null) throw new Error('There is no token in the mail');
  return token;
}

async function countRows({ store }: OperationContext): Promise<Readonly<Record<string, number>>> {
  const tables = await store.queries.introspection.getTables();
  const counts = await Promise.all(
    tables.map(async ({ name }) => {
      const { count } = await store.queries
        .selectFrom(name as 'users')
        .select((expression) => expression.fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow();
      return [name, Number(count)] as const;
    }),
  );
  return Object.fromEntries(counts);
}
