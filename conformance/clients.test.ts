/** Clients and signing keys, managed on the command line beside a server that runs. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { latchkey } from './support/command-line.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

async function run<Answer>(...args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await latchkey([...args, '--json'], server);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
}

async function post(path: string, client: Registered, fields: Record<string, string>) {
  const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  const response = await fetch(server.origin + path, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams(fields),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

test('a client gets tokens until it is disabled, and a revoked key signs nothing that counts', async () => {
  const api = await run<Registered>(
    'clients',
    'add',
    'Orders API',
    '--scope',
    'introspect',
    '--audience',
    server.origin,
  );
  const scope = 'orders:read orders:write';
  const grant = ['--grant', 'client_credentials', '--scope', scope];
  const service = await run<Registered>('clients', 'add', 'Nightly job', ...grant);
  expect(service).toMatchObject({
    client_id: expect.stringMatching(/^cli_[0-9a-f]{32}$/) as string,
    client_secret: expect.stringMatching(/^lkc_[\w-]{49}$/) as string,
    grant_types: ['client_credentials'],
    scope,
    token_endpoint_auth_method: 'client_secret_basic',
  });
  const listed = await run<readonly Record<string, unknown>[]>('clients', 'list');
  expect(listed.map((each) => each['client_id'])).toEqual([service.client_id, api.client_id]);
  expect(JSON.stringify(listed)).not.toContain('lkc_');

  const newToken = async () => {
    const { body } = await post('/oauth/token', service, { grant_type: 'client_credentials', scope: 'orders:read' });
    return String(body['access_token']);
  };
  const isActive = async (token: string) => (await post('/oauth/introspect', api, { token })).body['active'];
  const [first, second] = [await newToken(), await newToken()];
  expect(await isActive(first)).toBe(true);
  expect((await post('/oauth/revoke', service, { token: first })).status).toBe(200);
  expect([await isActive(first), await isActive(second)]).toEqual([false, true]);

  const { revoked } = await run<{ revoked: { was: string } }>('keys', 'revoke', kidOf(second));
  expect(revoked.was).toBe('active');
  expect(await isActive(second)).toBe(false);
  // The server that runs follows within seconds, and without being started anew.
  await expect.poll(async () => isActive(await newToken()), { timeout: 10_000 }).toBe(true);

  const third = await newToken();
  expect(await run('clients', 'disable', service.client_id)).toMatchObject({ changed: true, disabled: true });
  expect(await isActive(third)).toBe(false);
  expect(await post('/oauth/token', service, { grant_type: 'client_credentials' })).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  for (const secret of [service.client_secret, api.client_secret, first, third]) {
    expect(server.output()).not.toContain(secret);
  }
});

test.each<[args: readonly string[], named: string]>([
  [['clients', 'add', 'x', '--redirect-uri', 'http://app.example/'], 'https://'],
  [['clients', 'disable', `cli_${'0'.repeat(32)}`], 'latchkey clients list'],
  [['keys', 'revoke', '-unknown'], 'latchkey keys list'],
  [['keys', 'rotate'], 'latchkey keys revoke'],
])('%j says what to do instead', async (args, named) => {
  const { code, stdout, stderr } = await latchkey(args, server);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(named);
});
