/** The examples as their readers run them: processes that know of each other what the README tells, and no more. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cookieOf, createAccount, newAccount, post } from './support/accounts.ts';
import { latchkey } from './support/command-line.ts';
import {
  addExampleClient,
  runExampleJob,
  startExample,
  startExampleApi,
  type ExampleApi,
} from './support/example-api.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const API = 'http://localhost:4401';
const REPORTS = 'http://localhost:4402';

let server: ServerProcess;
let api: ExampleApi;
beforeAll(async () => {
  server = await startServer();
  api = await startExampleApi(server);
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await server?.close();
});

test('a service calls a service for the user who called it, until the user signs out (RFC 8693)', async () => {
  const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const audiences = ['--audience', REPORTS, '--audience', API];
  const scope = 'revocations:read introspect';
  const client = await addExampleClient(server, ['Reports', '--grant', grant, '--scope', scope, ...audiences]);
  await using reports = await startExample(server, 'src/reports.ts', client, { API: api.origin });
  const account = await createAccount(server, newAccount());
  const cookie = await cookieOf(server.origin, account);
  const tokenFor = async (audience: string) => {
    const issued = await post(server.origin, '/api/session/token', { audience }, { Cookie: cookie });
    return ((await issued.json()) as { readonly access_token: string }).access_token;
  };
  const report = async (token: string) =>
    fetch(`${reports.origin}/report`, { headers: { Authorization: `Bearer ${token}` } });

  const token = await tokenFor(REPORTS);
  const answer = await report(token);
  const subject = expect.stringMatching(/^usr_/) as string;
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      status: 200,
      api: expect.objectContaining({ kind: 'access_token', subject, clientId: client.client_id }) as object,
    },
  ]);
  // What is for one of them is not for the other.
  expect((await report(await tokenFor(API))).status).toBe(401);
  expect((await fetch(`${api.origin}/me`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401);
  await post(server.origin, '/api/sign-out', {}, { Cookie: cookie });
  await vi.waitFor(async () => expect((await report(token)).status).toBe(401), { timeout: 5000 });
});

test('a job signs for itself, until it is disabled', async () => {
  const keyFile = join(server.directory, 'job.key.json');
  const what = ['--grant', 'client_credentials', '--scope', 'notes:read', '--audience', API];
  const key = ['--auth-method', 'private_key_jwt', '--generate-key', keyFile];
  const { client_id: id } = await addExampleClient(server, ['Nightly job', ...what, ...key]);
  const environment = { LATCHKEY_CLIENT_ID: id, LATCHKEY_KEY_FILE: keyFile, API: api.origin };
  const output = await runExampleJob(environment);
  expect(output).toMatch(/^200 /);
  expect(JSON.parse(output.slice(4))).toMatchObject({ kind: 'client', subject: id, scopes: ['notes:read'], roles: [] });
  await latchkey(['clients', 'disable', id], server);
  await vi.waitFor(async () => expect(await runExampleJob(environment)).toMatch(/^401 /), { timeout: 10_000 });
});
