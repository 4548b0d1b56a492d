import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offerFirstAdministrator } from '../../src/operations/create-first-administrator.ts';
import { PASSWORD, problemOf, startTestServer, tokenIn, type TestServer } from '../support/test-server.ts';

const MAGIC_LINKS = { settings: { LATCHKEY_MAGIC_LINKS: 'on' } };

/** The same secret and the same addresses: nothing but the database is another. */
let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer(MAGIC_LINKS);
  other = await startTestServer(MAGIC_LINKS);
});
afterAll(async () => {
  await server.close();
  await other.close();
});

const WAITS = 'waits@example.com';
const KNOWN = 'known@example.com';
const NEW = 'new@example.com';

/** A good token of each purpose, by its name. */
async function makeTokens(on: TestServer): Promise<Readonly<Record<string, string>>> {
  const browser = await on.signedIn(KNOWN);
  await on.request(ROUTES.signUp, { json: { email: WAITS, password: PASSWORD } });
  await on.request(ROUTES.passwordReset, { json: { email: KNOWN } });
  await on.request(ROUTES.magicLink, { json: { email: KNOWN } });
  const magicLink = tokenIn(await on.mailTo(KNOWN));
  await browser.request(ROUTES.email, { json: { email: NEW, password: PASSWORD } });
  return {
    magic_link: magicLink,
    verify_email: tokenIn(await on.mailTo(WAITS)),
    reset_password: tokenIn(await on.mailTo(KNOWN)),
    change_email: tokenIn(await on.mailTo(NEW)),
    first_administrator: (await offerFirstAdministrator(on.operations))!.reveal(),
  };
}

const USES: readonly [purpose: string, use: (on: TestServer, token: string) => Promise<Response>][] = [
  ['verify_email', (on, token) => on.request(ROUTES.confirmEmail, { json: { token } })],
  [
    'reset_password',
    (on, token) => on.request(ROUTES.confirmPasswordReset, { json: { token, password: 'another good password' } }),
  ],
  ['change_email', (on, token) => on.request(ROUTES.confirmEmailChange, { json: { token } })],
  ['undo_email_change', (on, token) => on.request(ROUTES.undoEmailChange, { json: { token } })],
];

describe('a one-time token', () => {
  test('of another purpose or another database is refused everywhere, and is still good where it belongs', async () => {
    const tokens = await makeTokens(server);
    await makeTokens(other);
    const before = await other.tableCounts();
    for (const [purpose, use] of USES) {
      for (const [name, token] of Object.entries(tokens)) {
        expect([name, await problemOf(await use(other, token))]).toEqual([name, '400 invalid_token']);
        if (name !== purpose) {
          expect([name, await problemOf(await use(server, token))]).toEqual([name, '400 invalid_token']);
        }
      }
    }
    const { audit_events: _, ...unchanged } = before;
    expect(await other.tableCounts()).toMatchObject(unchanged);

    expect((await server.request(ROUTES.confirmEmail, { json: { token: tokens['verify_email'] } })).status).toBe(200);
    expect((await USES[2]![1](server, tokens['change_email']!)).status).toBe(200);
    // A change of the address ends the other links of that user.
    expect(await problemOf(await USES[1]![1](server, tokens['reset_password']!))).toBe('400 invalid_token');
  });
});
