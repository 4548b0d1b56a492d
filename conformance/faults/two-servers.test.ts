/** Two servers on one PostgreSQL database, as behind a balancer. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../packages/server/test/support/databases.ts';
import { cookieOf, createAccount, post } from '../support/accounts.ts';
import { startServer } from '../support/server-process.ts';

/** What the other server may take to see a sign-out. */
const boundMs = 2000;
const signOuts = 6;

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
  const cookies = await Promise.all(Array.from({ length: signOuts }, () => cookieOf(a.origin, account)));
  const other = await cookieOf(b.origin, account);
  const sessionAt = async (origin: string, cookie: string) =>
    (await fetch(`${origin}/api/session`, { headers: { cookie } })).status;
  for (const cookie of [...cookies, other]) {
    expect(await sessionAt(a.origin, cookie)).toBe(200);
  }

  let slowestMs = 0;
  for (const cookie of cookies) {
    // The other server has it in memory.
    expect(await sessionAt(b.origin, cookie)).toBe(200);
    expect((await post(a.origin, '/api/sign-out', {}, { cookie })).status).toBe(204);
    const signedOutAt = performance.now();
    expect(await sessionAt(a.origin, cookie)).toBe(401);
    await expect.poll(() => sessionAt(b.origin, cookie), { timeout: 10_000, interval: 20 }).toBe(401);
    slowestMs = Math.max(slowestMs, performance.now() - signedOutAt);
  }
  console.log(`${signOuts} sign-outs were seen by the other server, the slowest after ${Math.round(slowestMs)} ms.`);
  expect(slowestMs).toBeLessThan(boundMs);
  expect(await sessionAt(b.origin, other)).toBe(200);
});
