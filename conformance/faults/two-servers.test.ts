/** Two servers on one PostgreSQL database, as behind a balancer. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../packages/server/test/support/databases.ts';
import { cookieOf, createAccount, post } from '../support/accounts.ts';
import { startServer } from '../support/server-process.ts';

/** What the other server may take to see a sign-out. */
const boundMs = 2000;

test('started at once on an empty database, they are one: sessions, keys, sign-outs', { timeout: 60_000 }, async () => {
  await using database = await createTestDatabase('postgres');
  const settings = {
    LATCHKEY_DATABASE_URL: database.url,
    LATCHKEY_SECRET: randomBytes(32).toString('base64url'),
    LATCHKEY_ISSUER: 'http://localhost:4400',
  };
  const [a, b] = await Promise.all([startServer({ settings }), startServer({ settings })]);
  onTestFinished(async () => {
    await Promise.all([a.close(), b.close()]);
  });
  const keysOf = async (origin: string) =>
    ((await (await fetch(`${origin}/.well-known/jwks.json`)).json()) as { keys: unknown[] }).keys;
  expect(await keysOf(a.origin)).toHaveLength(2);
  expect(await keysOf(b.origin)).toEqual(await keysOf(a.origin));
  // Printed a moment after they are ready. Only the newer one works.
  const links = () => [a, b].flatMap((server) => /\/first-administrator\?token=\S+/.exec(server.output()) ?? []);
  await expect.poll(() => new Set(links()).size).toBe(2);

  const account = await createAccount(a);
  const cookie = await cookieOf(a.origin, account);
  const other = await cookieOf(b.origin, account);
  const sessionAt = async (origin: string, header: string) =>
    (await fetch(`${origin}/api/session`, { headers: { cookie: header } })).status;
  for (const { origin } of [a, b]) {
    expect(await sessionAt(origin, cookie)).toBe(200);
    expect(await sessionAt(origin, other)).toBe(200);
  }

  expect((await post(a.origin, '/api/sign-out', {}, { cookie })).status).toBe(204);
  const signedOutAt = performance.now();
  expect(await sessionAt(a.origin, cookie)).toBe(401);
  await expect.poll(() => sessionAt(b.origin, cookie), { timeout: 10_000, interval: 20 }).toBe(401);
  const seenAfterMs = performance.now() - signedOutAt;
  console.log(`The sign-out was seen by the other server after ${Math.round(seenAfterMs)} ms.`);
  expect(seenAfterMs).toBeLessThan(boundMs);
  expect(await sessionAt(b.origin, other)).toBe(200);
});
