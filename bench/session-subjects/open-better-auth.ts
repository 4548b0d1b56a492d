import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders } from 'better-auth/node';
import { ACCOUNT, ORIGIN } from './account.ts';
import { answerOk, answerUnauthorized, cookiesOf, type SessionSubject } from './serve-session-subject.ts';
import { temporaryDirectory } from '../harness/temporary-directory.ts';

const COOKIE_CACHE_SECONDS = 5 * 60;

/** Better Auth as its documentation sets it up on SQLite, with everything off that a check does not need. */
export async function openBetterAuth(cookieCache: boolean): Promise<SessionSubject> {
  const database = new DatabaseSync(`${temporaryDirectory()}/better-auth.db`);
  database.exec('PRAGMA journal_mode = WAL');
  const options = {
    baseURL: ORIGIN,
    secret: randomBytes(32).toString('hex'),
    database,
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: cookieCache, maxAge: COOKIE_CACHE_SECONDS } },
    // Reads session and user in one query instead of two.
    advanced: { database: { joins: true } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  };
  await (await getMigrations(options)).runMigrations();
  const auth = betterAuth(options);

  await post(auth, '/api/auth/sign-up/email', ACCOUNT);
  const { email, password } = ACCOUNT;
  const cookie = cookiesOf(await post(auth, '/api/auth/sign-in/email', { email, password }));
  const headers = fromNodeHeaders({ host: '127.0.0.1', 'user-agent': 'bench', accept: 'application/json', cookie });

  return {
    cookie,
    handler: async (request, response) => {
      const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
      if (session === null) answerUnauthorized(response);
      else answerOk(response);
    },
    check: () => auth.api.getSession({ headers }),
  };
}

async function post(auth: { handler(request: Request): Promise<Response> }, path: string, body: unknown) {
  const headers = { 'content-type': 'application/json', origin: ORIGIN };
  const answer = await auth.handler(
    new Request(ORIGIN + path, { method: 'POST', headers, body: JSON.stringify(body) }),
  );
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
