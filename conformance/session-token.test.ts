/** From the cookie in a browser to an access token that another process verifies by itself. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { button, enter } from './newcomer/person.ts';
import { createAccount, newAccount } from './support/accounts.ts';
import { latchkey } from './support/command-line.ts';
import { startExampleApi, type ExampleApi } from './support/example-api.ts';
import { expectNothingToSteal } from './support/expect-sound.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';
import { useWatchedBrowser } from './support/watched-browser.ts';

vi.setConfig({ testTimeout: 60_000 });

/** As `examples/api` calls itself. */
const audience = 'http://localhost:4401';

let server: ServerProcess;
let api: ExampleApi;
let page: Page;
const account = newAccount();
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = await startServer();
  api = await startExampleApi(server);
  await createAccount(server, account);
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await server?.close();
});

/** Asks as a script of the page does. */
async function tokenFor(wanted: string, by = page): Promise<string> {
  const { status, body } = await by.evaluate(async (target) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch('/api/session/token', {
      method: 'POST',
      headers,
      body: JSON.stringify({ audience: target }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }, wanted);
  expect({ status, type: body['token_type'], seconds: body['expires_in'] }).toEqual({
    status: 200,
    type: 'Bearer',
    seconds: 600,
  });
  return String(body['access_token']);
}

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

async function callApi(token?: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(`${api.origin}/me`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Another character in the middle of the part: the last one of a part may hold bits that do not count. */
function tampered(token: string, part: 0 | 1 | 2): string {
  const parts = token.split('.');
  const text = parts[part]!;
  const at = Math.floor(text.length / 2);
  parts[part] = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  return parts.join('.');
}

test('a token that works is refused by another process a moment after its session was ended on the account page', async () => {
  const device = await browser.newPage();
  await enter(device, server.origin, account);
  const token = await tokenFor(audience, device);
  expect((await callApi(token)).status).toBe(200);

  const other = await browser.newPage();
  await enter(other, server.origin, account);
  await button(other, 'Sign out the other devices').click();
  const status = async () => (await callApi(token)).status;
  await expect.poll(status, { timeout: 2000, interval: 20 }).toBe(401);
  // Whoever ended the others goes on, by a token of now.
  expect((await callApi(await tokenFor(audience, other))).status).toBe(200);
});

test('a token of the page opens the API it is for, and no other; keys rotate under way', async () => {
  page = await browser.newPage();
  await enter(page, server.origin, account);
  const token = await tokenFor(audience);
  await expectNothingToSteal(page);

  const { user, session } = await page.evaluate(
    async () => (await (await fetch('/api/session')).json()) as Record<'user' | 'session', { readonly id: string }>,
  );
  expect(await callApi(token)).toMatchObject({ status: 200, body: { subject: user.id, sessionId: session.id } });
  expect(await callApi()).toMatchObject({ status: 401, body: { code: 'token_missing' } });
  const refused = { status: 401, body: { code: 'invalid_token' } };
  for (const part of [0, 1, 2] as const) expect(await callApi(tampered(token, part))).toMatchObject(refused);
  expect(await callApi(await tokenFor('http://localhost:4402'))).toMatchObject(refused);
  expect(await callApi(await tokenFor(server.origin))).toMatchObject(refused);

  const rotation = await latchkey(['keys', 'rotate', '--dangerously-now', '--json'], server);
  expect(rotation.code, rotation.stderr).toBe(0);
  const keys = JSON.parse(rotation.stdout) as { readonly kid: string; readonly state: string }[];
  expect(keys.map(({ state }) => state).toSorted()).toEqual(['active', 'next', 'retired']);
  const kidIn = (state: string) => keys.find((key) => key.state === state)?.kid;
  expect(kidIn('retired')).toBe(kidOf(token));
  // The server that runs follows within seconds, and the API has known the key since before.
  let newToken = token;
  const signedBy = async () => kidOf((newToken = await tokenFor(audience)));
  await expect.poll(signedBy, { timeout: 10_000 }).toBe(kidIn('active'));
  expect(await callApi(newToken)).toMatchObject({ status: 200 });
  expect(await callApi(token)).toMatchObject({ status: 200 });

  // Without a database, and without the server.
  await server.kill();
  expect(await callApi(newToken)).toMatchObject({ status: 200, body: { subject: user.id } });
  expect(await callApi(tampered(newToken, 2))).toMatchObject(refused);
});
