/** `latchkey users …` and `latchkey sessions …`, beside a server that runs. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cookieOf, newAccount, signIn } from './support/accounts.ts';
import { latchkey } from './support/command-line.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const run = (args: readonly string[], input?: string) => {
  const { environment, directory } = server;
  return latchkey(args, { environment, directory, ...(input !== undefined && { input }) });
};

/** What a command says with `--json`. */
async function json(args: readonly string[], input?: string): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run([...args, '--json'], input);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

const statusOf = async (cookie: string) =>
  (await fetch(`${server.origin}/api/session`, { headers: { cookie } })).status;

test('an account from its beginning to its end; a server that runs follows', async () => {
  const account = newAccount();
  const { email } = account;
  // As `echo` sends it, with a line break that is none of the password.
  const add = ['users', 'add', email, '--name', account.name, '--admin'];
  const user = await json(add, `${account.password}\n`);
  expect(user).toMatchObject({ email, name: account.name, roles: ['administrator'], email_verified: true });
  expect(JSON.stringify(user)).not.toContain(account.password);

  const [cookie, other] = [await cookieOf(server.origin, account), await cookieOf(server.origin, account)];
  expect([await statusOf(cookie), await statusOf(other)]).toEqual([200, 200]);
  const { sessions, next } = await json(['sessions', 'list', '--user', email]);
  expect(next).toBeNull();
  const [first, second] = sessions as readonly Record<string, string>[];
  expect(second).toMatchObject({ email, network: '127.0.0.1', client_id: null });
  expect(await json(['sessions', 'revoke', first!['id']!])).toEqual({ id: first!['id'], revoked: true });
  await expect.poll(() => statusOf(cookie)).toBe(401);
  expect(await statusOf(other)).toBe(200);

  expect(await json(['users', 'role', email, 'user'])).toMatchObject({ changed: true, roles: [] });
  expect(await json(['users', 'grant', email, 'moderator'])).toMatchObject({ changed: true, roles: ['moderator'] });
  expect(await json(['users', 'show', email])).toMatchObject({ email, roles: ['moderator'] });
  expect(await json(['users', 'withdraw', email, 'moderator'])).toMatchObject({ changed: true, roles: [] });
  expect(await json(['users', 'ban', email])).toMatchObject({ changed: true, sessions_ended: 1 });
  await expect.poll(() => statusOf(other)).toBe(401);
  expect((await signIn(server.origin, account)).status).toBe(403);
  expect(await json(['users', 'unban', email])).toMatchObject({ changed: true, banned_at: null });

  const last = await cookieOf(server.origin, account);
  expect(await statusOf(last)).toBe(200);
  expect(await json(['users', 'delete', email])).toMatchObject({ deleted: true });
  await expect.poll(() => statusOf(last)).toBe(401);
  expect((await signIn(server.origin, account)).status).toBe(401);
});

test.concurrent.each([
  [['users', 'ban', 'nobody@example.org'], ''],
  [['users', 'grant', 'somebody@example.org', 'administrator'], ''],
  [['users', 'add', 'somebody@example.org'], 'two\nlines'],
  [['users', 'list', '--limit', '0'], ''],
  [['sessions', 'revoke', 'ses_1'], ''],
] as const)('%j fails, and says what to do', async (args, input) => {
  const { code, stdout, stderr } = await run(args, input);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim()).not.toBe('');
  expect(stderr).not.toContain('    at ');
});
