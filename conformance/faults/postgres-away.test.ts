import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPostgres, type PostgresServer } from '../../packages/server/test/support/postgres.ts';
import { cookieOf, createAccount, newAccount, post, signIn, signUp, type Account } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

let postgres: PostgresServer;
let server: ServerProcess;
let account: Account;
let cookie: string;

beforeAll(async () => {
  postgres = await startPostgres({ durable: true });
  server = await startServer({ settings: { LATCHKEY_DATABASE_URL: await postgres.createDatabase() } });
  account = await createAccount(server);
  cookie = await cookieOf(server.origin, account);
});
afterAll(async () => {
  await server?.close();
  await postgres?.stop();
});

const get = (path: string, accept: string) =>
  fetch(server.origin + path, { headers: { cookie, accept }, redirect: 'manual', signal: AbortSignal.timeout(30_000) });

/** What is asked again and again, with the status that is right while the database is there. */
const requests: Readonly<Record<string, { readonly good: number; readonly send: () => Promise<Response> }>> = {
  signUp: { good: 202, send: () => signUp(server.origin, newAccount()) },
  signIn: { good: 200, send: () => signIn(server.origin, account) },
  session: { good: 200, send: () => get('/api/session', 'application/json') },
  sessions: { good: 200, send: () => get('/api/sessions', 'application/json') },
  token: { good: 200, send: () => post(server.origin, '/api/session/token', {}, { cookie }) },
  account: { good: 200, send: () => get('/account', 'text/html') },
  mails: { good: 200, send: () => get('/dev/mail.json', 'application/json') },
};

interface Answer {
  readonly name: string;
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly setsCookie: boolean;
  readonly code: unknown;
}

/** Asks for everything at once, one request of each kind after the other. */
class Load {
  readonly #answers: Answer[] = [];
  #running = true;
  readonly #loops = Object.keys(requests).map((name) => this.#loop(name));

  async #loop(name: string): Promise<void> {
    while (this.#running) {
      const response = await requests[name]!.send();
      const text = await response.text();
      const type = response.headers.get('content-type');
      this.#answers.push({
        name,
        status: response.status,
        type,
        retryAfter: response.headers.get('retry-after'),
        setsCookie: response.headers.has('set-cookie'),
        code: type?.includes('json') ? (JSON.parse(text) as { code?: unknown }).code : undefined,
      });
    }
  }

  /** All answers from now on, until there are so many of each kind that `isEnough` accepts. */
  async until(count: number, isEnough: (answer: Answer) => boolean): Promise<readonly Answer[]> {
    const start = this.#answers.length;
    const some = (name: string) =>
      this.#answers.slice(start).filter((answer) => answer.name === name && isEnough(answer)).length >= count;
    const waitForAll = () => {
      const missing = Object.keys(requests).filter((name) => !some(name));
      if (missing.length > 0) throw new Error(`Too few such answers to ${missing.join(', ')}`);
    };
    await vi.waitFor(waitForAll, { timeout: 30_000 });
    return this.#answers.slice(start);
  }

  async stop(): Promise<readonly Answer[]> {
    this.#running = false;
    await Promise.all(this.#loops);
    return this.#answers;
  }
}

const isGood = ({ name, status }: Answer) => status === requests[name]!.good;
const isUnavailable = ({ status }: Answer) => status === 503;

async function health(): Promise<Readonly<Record<'live' | 'ready', number>>> {
  const [live, ready] = await Promise.all(
    ['live', 'ready'].map(async (name) => (await fetch(`${server.origin}/health/${name}`)).status),
  );
  return { live: live!, ready: ready! };
}

test('PostgreSQL goes away under load, and comes back', { timeout: 90_000 }, async () => {
  const { pid } = server;
  const neverReadCookie = await cookieOf(server.origin, account);
  const load = new Load();
  const before = await load.until(2, isGood);
  expect(before.filter((answer) => !isGood(answer))).toEqual([]);
  expect(await health()).toEqual({ live: 200, ready: 200 });

  await postgres.kill();
  // A session that was read a moment ago is still answered from memory, for as long as it is believed.
  await load.until(3, (answer) => answer.name === 'session' || isUnavailable(answer));
  const unread = await fetch(`${server.origin}/api/session`, { headers: { cookie: neverReadCookie } });
  expect(unread.status).toBe(503);
  expect(unread.headers.getSetCookie()).toEqual([]);
  expect(await health()).toEqual({ live: 200, ready: 503 });

  await postgres.restart();
  const restartedAt = performance.now();
  await load.until(1, isGood);
  const recoveredAfterMs = performance.now() - restartedAt;
  expect(await health()).toEqual({ live: 200, ready: 200 });
  // From now on all is well again.
  const after = await load.until(3, isGood);
  expect(after.filter((answer) => !isGood(answer))).toEqual([]);

  const answers = await load.stop();
  // Never 500, and never "nobody is signed in": the browser would forget a session that is alive.
  expect(answers.filter((answer) => !isGood(answer) && !isUnavailable(answer))).toEqual([]);
  const unavailable = answers.filter(isUnavailable);
  for (const { name, type, code, retryAfter, setsCookie } of unavailable) {
    const expected =
      name === 'account'
        ? { type: 'text/html; charset=UTF-8', code: undefined }
        : { type: 'application/problem+json', code: 'temporarily_unavailable' };
    expect({ name, type, code, setsCookie }).toEqual({ name, ...expected, setsCookie: false });
    expect(Number(retryAfter)).toBeGreaterThan(0);
  }
  expect(recoveredAfterMs).toBeLessThan(10_000);
  expect(server.pid).toBe(pid);
  console.log(
    `${answers.length} answers, ${unavailable.length} of them 503; well again after ${Math.round(recoveredAfterMs)} ms.`,
  );
});
