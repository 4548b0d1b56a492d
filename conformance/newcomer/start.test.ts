/** What `npm start` does: the server, and beside it the forum, which registers itself. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady, type Guard } from '../../packages/server/test/support/guarded-process.ts';
import { commandLine, latchkey } from '../support/command-line.ts';
import { compileCache } from '../support/compile-cache.ts';

const program = fileURLToPath(new URL('../../scripts/start/start.ts', import.meta.url));
const startTimeoutMs = 40_000;
vi.setConfig({ testTimeout: 90_000 });

let guard: Guard | undefined;
afterEach(() => guard?.end());

test('both run, signing in leads to the server, the forum registers once, and both stop in good order', async () => {
  const { environment, forumUrl, start } = await place();
  const first = await start();
  await waitUntilReady(first, () => isThere(`${forumUrl}/health`), startTimeoutMs);
  const page = await fetch(forumUrl);
  expect([page.status, page.headers.get('Content-Type')]).toEqual([200, expect.stringContaining('text/html')]);
  const signIn = await fetch(`${forumUrl}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ next: '/' }),
    headers: { Origin: forumUrl, 'Sec-Fetch-Site': 'same-origin' },
    redirect: 'manual',
  });
  const location = new URL(signIn.headers.get('Location') ?? '', forumUrl);
  expect([signIn.status, location.origin, location.pathname]).toEqual([
    303,
    environment['LATCHKEY_ISSUER'],
    '/oauth/authorize',
  ]);
  expect((await fetch(location, { redirect: 'manual' })).status).toBeLessThan(400);
  for (const file of ['forum-clients.json', 'forum-job.key.json']) {
    expect((await stat(join(environment['HOME'] ?? '', 'data', file))).mode & 0o077).toBe(0);
  }
  first.signal('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(first.output()).not.toMatch(/error|left out/i);

  const registered = await clients(environment);
  expect(registered).toHaveLength(2);
  const second = await start();
  await waitUntilReady(second, () => isThere(`${forumUrl}/health`), startTimeoutMs);
  second.signal('SIGINT');
  expect(await second.exited).toEqual({ code: 0, signal: null });
  expect(await clients(environment)).toEqual(registered);
});

test('FORUM_PORT=off: the server alone', async () => {
  const { environment, start } = await place({ FORUM_PORT: 'off' });
  const running = await start();
  await waitUntilReady(running, () => isThere(`${environment['LATCHKEY_ISSUER']}/health/ready`), startTimeoutMs);
  running.signal('SIGTERM');
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(await clients(environment)).toEqual([]);
});

test('a wrong setting stops both, and is said once', async () => {
  const { start } = await place({ LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: 'soon' });
  const running = await start();
  const { code } = await running.exited;
  expect(code).not.toBe(0);
  expect(running.output().match(/LATCHKEY_ACCESS_TOKEN_TTL_SECONDS/g)).toHaveLength(1);
});

async function place(settings: Readonly<Record<string, string>> = {}) {
  const made = await startGuard({ prefix: 'latchkey-start-' });
  guard = made;
  const [port, forumPort] = [await findFreePort(), await findFreePort()];
  const environment: Readonly<Record<string, string>> = {
    ...compileCache(commandLine),
    PATH: process.env['PATH'] ?? '',
    HOME: made.directory,
    TMPDIR: made.directory,
    LATCHKEY_MODE: 'development',
    PORT: String(port),
    LATCHKEY_ISSUER: `http://localhost:${port}`,
    FORUM_PORT: String(forumPort),
    ...settings,
  };
  const start = () => made.run({ file: process.execPath, args: [program], env: environment, endSignal: 'SIGTERM' });
  return { environment, forumUrl: `http://localhost:${forumPort}`, start };
}

async function isThere(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.ok;
}

async function clients(environment: Readonly<Record<string, string>>): Promise<unknown> {
  const directory = environment['HOME'] ?? '';
  const { stdout } = await latchkey(['clients', 'list', '--json'], { environment, directory });
  return JSON.parse(stdout);
}
