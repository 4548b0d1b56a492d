import { PAGES } from '@latchkey/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newOneTimeToken } from '../../src/domain/one-time-tokens/token.ts';
import { offerFirstAdministrator } from '../../src/operations/create-first-administrator.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const offer = async () => (await offerFirstAdministrator(server.operations))!.reveal();
const submit = (token: string, change: Readonly<Record<string, string>> = {}) => {
  const fields = { token, email: 'root@example.com', name: 'Root', password: PASSWORD, ...change };
  return server.request(PAGES.firstAdministrator, { form: Object.entries(fields) });
};
const administrators = async () => {
  const rows = await server.operations.store.queries
    .selectFrom('users')
    .select('email')
    .where('role', '=', 'administrator')
    .execute();
  return rows.map((row) => row.email);
};

test('the link makes an administrator who can sign in, once', async () => {
  const token = await offer();
  const page = await server.request(`${PAGES.firstAdministrator}?token=${token}`);
  expect(page.status).toBe(200);
  expect(await administrators()).toEqual([]);

  const response = await submit(token);
  expect([response.status, response.headers.get('Location')]).toEqual([303, '/sign-in?notice=administrator-created']);
  expect(await administrators()).toEqual(['root@example.com']);
  expect(await server.auditEvents(1)).toMatchObject([{ type: 'administrator.created', outcome: 'success' }]);
  const signedIn = await server.browser().signIn('root@example.com');
  expect(await signedIn.json()).toMatchObject({ user: { roles: ['administrator'], emailVerified: true } });

  expect((await submit(token, { email: 'second@example.com' })).status).toBe(400);
  expect(await administrators()).toEqual(['root@example.com']);
  expect(await offerFirstAdministrator(server.operations)).toBeUndefined();
});

test('the link is worth nothing once there is an administrator from elsewhere', async () => {
  const token = await offer();
  await server.signUpAndVerify('ada@example.com');
  const { queries } = server.operations.store;
  await queries
    .updateTable('users')
    .set({ role: 'administrator' })
    .where('email_key', '=', 'ada@example.com')
    .execute();
  expect((await submit(token)).status).toBe(400);
  expect(await administrators()).toEqual(['ada@example.com']);
});

test('only the newest link works', async () => {
  const first = await offer();
  const second = await offer();
  expect((await submit(first)).status).toBe(400);
  expect((await submit(second)).status).toBe(303);
});

test.each([
  ['a short password', { password: 'short' }],
  ['no address', { email: 'no address' }],
  ['no password', { password: '' }],
  ['a control character in the name', { name: 'Root\nRoot' }],
])('a mistake in the form does not use the link up: %s', async (_name, change) => {
  const token = await offer();
  const response = await submit(token, change);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(`value="${token}"`);
  expect((await submit(token)).status).toBe(303);
});

test('an address that has an account is no way into it, and keeps the link', async () => {
  await server.signUpAndVerify('ada@example.com');
  const token = await offer();
  const before = await server.tableCounts();
  const response = await submit(token, { email: 'ADA@example.com', password: 'another password' });
  expect(response.status).toBe(400);
  expect(await server.tableCounts()).toEqual(before);
  expect(await administrators()).toEqual([]);
  expect((await server.browser().signIn('ada@example.com', 'another password')).status).toBe(401);
  expect((await submit(token)).status).toBe(303);
});

describe('without the link', () => {
  const guess = newOneTimeToken((length) => new Uint8Array(length).fill(1)).reveal();

  test.each([
    ['guessed', () => Promise.resolve(guess)],
    [
      'of another purpose',
      async () => {
        await server.request('/api/sign-up', { json: { email: 'eve@example.com', password: PASSWORD } });
        return new URL((await server.mailTo('eve@example.com')).links[0]!).searchParams.get('token')!;
      },
    ],
    ['missing', () => Promise.resolve('')],
  ])('nobody becomes one: a token %s', async (_name, tokenOf) => {
    await offer();
    expect((await submit(await tokenOf())).status).toBe(400);
    expect(await administrators()).toEqual([]);
  });

  test('nobody learns which addresses have an account', async () => {
    await offer();
    await server.signUpAndVerify('ada@example.com');
    const [known, unknown] = await Promise.all(
      ['ada@example.com', 'nobody@example.com'].map((email) => submit(guess, { email })),
    );
    expect(known!.status).toBe(unknown!.status);
    expect((await known!.text()).replaceAll('ada@', '')).toBe((await unknown!.text()).replaceAll('nobody@', ''));
  });
});

test('of 20 at once with the link, one becomes the administrator', async () => {
  const token = await offer();
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, index) => submit(token, { email: `root${index}@example.com` })),
  );
  expect(responses.filter(({ status }) => status === 303)).toHaveLength(1);
  expect(responses.filter(({ status }) => status === 400)).toHaveLength(19);
  expect(await administrators()).toHaveLength(1);
});
