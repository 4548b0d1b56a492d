import { randomBytes } from 'node:crypto';
import { createLatchkey, readSettings, type Settings } from 'latchkey';
import { nodeSession } from 'latchkey/node';
import { ORIGIN } from './account.ts';
import { answerOk, answerUnauthorized, serveSessionSubject } from './serve-session-subject.ts';
import { signUpToLatchkey } from './sign-up-to-latchkey.ts';
import { temporaryDirectory } from '../harness/temporary-directory.ts';

/** Sessions whose first check goes untimed, so that the database connection is not new, and those that are timed. */
const FIRST_UNTIMED = 4;
const FIRST_TIMED = 8;

serveSessionSubject(async () => {
  const environment = {
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryDirectory()}/latchkey.db`,
    LATCHKEY_SECRET: randomBytes(32).toString('hex'),
    LATCHKEY_ISSUER: ORIGIN,
    LATCHKEY_LOG_LEVEL: 'silent',
  };
  const cookies = await signUpToLatchkey(
    readSettings({ ...environment, LATCHKEY_MODE: 'development' }),
    1 + FIRST_UNTIMED + FIRST_TIMED,
  );
  const settings = readSettings({
    ...environment,
    LATCHKEY_MODE: 'production',
    // Production asks for one. Nobody listens: what a check needs has been mailed before.
    LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
  });
  const latchkey = await createLatchkey(settings);
  const [cookie = '', ...others] = cookies;

  return {
    cookie,
    handler: async (request, response) => {
      const session = await nodeSession(latchkey, request, response);
      if (session === undefined) answerUnauthorized(response);
      else answerOk(response);
    },
    check: () => latchkey.checkSession({ cookie }),
    checkFirst: () => timeFirst(settings, others),
  };
});

/** The first check of sessions that a server has not seen yet: a new one, on the same database, remembers none. */
async function timeFirst(settings: Settings, cookies: readonly string[]): Promise<number> {
  const latchkey = await createLatchkey(settings);
  try {
    for (const cookie of cookies.slice(0, FIRST_UNTIMED)) await latchkey.checkSession({ cookie });
    const start = performance.now();
    for (const cookie of cookies.slice(FIRST_UNTIMED)) {
      const { session } = await latchkey.checkSession({ cookie });
      if (session === undefined) throw new Error('A session is gone');
    }
    return ((performance.now() - start) / FIRST_TIMED) * 1000;
  } finally {
    await latchkey.close();
  }
}
