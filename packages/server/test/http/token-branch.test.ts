import { decodeJwt } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SECOND_MS } from '../../src/domain/instant.ts';
import { problemOf, startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const OVERLAP_SECONDS = 60;
const ROTATE_SECONDS = 600;

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startClockedServer(clock);
});
afterAll(() => server.close());

const cookieOf = ({ jar }: TestBrowser) => `latchkey=${jar.get('latchkey')!.value}`;
const session = (cookie: string) => server.request(ROUTES.session, { cookie });

/** Asks for a token; the body ends only after `meanwhile`, when the session was looked up long ago. */
const askSlowly = (cookie: string, meanwhile: () => Promise<unknown>) =>
  server.request(ROUTES.sessionToken, {
    method: 'POST',
    cookie,
    headers: { 'Content-Type': 'application/json' },
    body: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          await meanwhile();
          controller.enqueue(new TextEncoder().encode('{}'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    ),
  });

async function branchOf(response: Response): Promise<string | undefined> {
  const { access_token: token } = (await response.json()) as { access_token: string };
  return decodeJwt(token)['br'] as string;
}

/** The cookies of generations 0 and 1; the second was made just now. */
async function rotated(email: string) {
  const browser = await server.signedIn(email);
  const before = cookieOf(browser);
  clock.advance(ROTATE_SECONDS * SECOND_MS);
  expect(await browser.session()).toBeDefined();
  return { before, after: cookieOf(browser) };
}

test('a branch that was given up while it asked for a token gets none', async () => {
  const { before, after } = await rotated('ada@example.com');
  clock.advance((OVERLAP_SECONDS - 20) * SECOND_MS);
  const response = await askSlowly(after, async () => {
    clock.advance(20 * SECOND_MS);
    const lateRetry = await session(before);
    expect(lateRetry.headers.getSetCookie()).toHaveLength(1);
  });
  expect(await problemOf(response)).toBe('401 no_session');
});

test('a token is of the branch that asked for it, also where the session has moved on since', async () => {
  const { after } = await rotated('bob@example.com');
  const response = await askSlowly(after, async () => {
    clock.advance(ROTATE_SECONDS * SECOND_MS);
    const rotation = await session(after);
    expect(rotation.headers.getSetCookie()).toHaveLength(1);
  });
  expect(response.status).toBe(200);
  expect(await branchOf(response)).toBe('1.0');
});
