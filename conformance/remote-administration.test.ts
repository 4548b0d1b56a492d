/** The commands, for a server elsewhere: by client credentials, over HTTP alone. */
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hashAsBetterAuth } from '../bench/websites/better-auth-hash.ts';
import { signIn } from './support/accounts.ts';
import { latchkey } from './support/command-line.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
}

let server: ServerProcess;
let directory: string;
beforeAll(async () => {
  server = await startServer();
  directory = await mkdtemp(join(tmpdir(), 'latchkey-elsewhere-'));
});
afterAll(() => server?.close());

const register = async (...args: readonly string[]): Promise<Registered> => {
  const { stdout } = await latchkey(['clients', 'add', ...args, '--json'], server);
  return JSON.parse(stdout) as Registered;
};

/** A command on a machine that has neither the database nor the master secret. */
const elsewhere = (client: Registered, args: readonly string[], more: { input?: string; server?: string } = {}) =>
  latchkey(args, {
    directory,
    environment: {
      LATCHKEY_SERVER: more.server ?? server.origin,
      LATCHKEY_CLIENT_ID: client.client_id,
      LATCHKEY_CLIENT_SECRET: client.client_secret,
    },
    input: more.input ?? '',
  });

test('a client with the scope admin does there what an operator does here, in its own name', async () => {
  const client = await register('Operations', '--grant', 'client_credentials', '--scope', 'admin');
  const run = async (args: readonly string[], input?: string): Promise<unknown> => {
    const { code, stdout, stderr } = await elsewhere(client, [...args, '--json'], input === undefined ? {} : { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const user = await run(['users', 'add', 'remote@example.org'], 'correct horse battery staple');
  expect(await run(['users', 'list'])).toEqual({ users: [user], next: null });
  expect(await run(['users', 'ban', 'Remote@example.org'])).toMatchObject({ changed: true });
  const service = (await run(['clients', 'add', 'Job', '--grant', 'client_credentials'])) as Registered;
  expect(service.client_secret).toMatch(/^lkc_/);
  expect(await run(['audit', 'list', '--limit', '3'])).toMatchObject(
    ['client.added', 'user.banned', 'user.created'].map((type) => ({ type, actor: client.client_id })),
  );
  expect(await run(['audit', 'verify'])).toMatchObject({ kind: 'intact' });
  // Nothing was made where the command ran: no database, no secret.
  expect(await readdir(directory)).toEqual([]);
  expect(server.output()).not.toContain(client.client_secret);
});

test('users of another product come with the passwords that they have', async () => {
  const client = await register('Migration', '--grant', 'client_credentials', '--scope', 'admin');
  const password = 'cafe\u0301 au lait';
  const person = async (name: string) => ({
    email: `${name}@example.org`,
    email_verified: true,
    name: 'x'.repeat(120),
    password_hash: await hashAsBetterAuth(password),
  });
  const people = [await person('from-better-auth'), { ...(await person('wrong')), role: 'administrator' }];
  // More than fit into one request, by their number and by their size.
  const many = Array.from({ length: 230 }, (_, index) => ({ ...people[0], email: `many-${index}@example.org` }));
  const lines = [...people, ...many].map((line) => JSON.stringify(line));
  const input = `${lines.slice(0, 2).join('\r\n')}\n\n{"email"\n${'x'.repeat(100_000)}\n${lines.slice(2).join('\n')}`;
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await elsewhere(client, ['users', 'import', '-', ...args, '--json'], { input });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).not.toContain(people[0]!.password_hash);
    return JSON.parse(stdout) as { readonly refused_lines: readonly { readonly line: number }[] };
  };
  const counts = { waiting: 0, refused: 3 };
  expect(await run('--dry-run')).toMatchObject({ ...counts, dry_run: true, imported: 231, existing: 0 });
  const summary = await run();
  expect(summary).toMatchObject({ ...counts, imported: 231, existing: 0 });
  expect(summary.refused_lines.map(({ line }) => line)).toEqual([2, 4, 5]);
  expect(await run()).toMatchObject({ ...counts, imported: 0, existing: 231 });
  const status = async (typed: string) =>
    (await signIn(server.origin, { email: 'from-better-auth@example.org', password: typed, name: '' })).status;
  expect(await status('caf\u00e9 au lait!')).toBe(401);
  // By NFKC, as Better Auth compares.
  expect(await status('caf\u00e9 au lait')).toBe(200);
  expect(await status(password)).toBe(200);
});

test('what is refused says what to do instead, and tells no secret', async () => {
  const weak = await register('Reports', '--grant', 'client_credentials', '--scope', 'admin:users:read');
  const wrong = { ...weak, client_secret: `${weak.client_secret.slice(0, -1)}x` };
  const none = { client_id: '', client_secret: '' };
  const cases: [client: Registered, args: readonly string[], server?: string][] = [
    [weak, ['users', 'list']],
    [wrong, ['users', 'list']],
    [none, ['users', 'list']],
    [weak, ['users', 'list'], 'http://id.example.com'],
    [weak, ['users', 'list'], 'http://localhost:1'],
    [weak, ['migrate', '--server', server.origin]],
  ];
  const refuse = async ([client, args, address]: (typeof cases)[number]) => {
    const { code, stdout, stderr } = await elsewhere(client, args, address === undefined ? {} : { server: address });
    expect([args, code, stdout]).toEqual([args, 1, '']);
    expect(stderr.trim().split('\n').length).toBeGreaterThan(1);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toContain(weak.client_secret);
  };
  await Promise.all(cases.map(refuse));
});
