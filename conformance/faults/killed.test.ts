/**
 * `kill -9` while people sign up: what was acknowledged is there afterwards, whole. It shows what a crash of the
 * process does (and, on PostgreSQL, of both), not what a power cut does: the machine's own buffers survive.
 */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startPostgres } from '../../packages/server/test/support/postgres.ts';
import { newAccount, post, signIn, signUp, tokenIn, type Account } from '../support/accounts.ts';
import { seededRandom, type SeededRandom } from '../support/seeded-random.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const soak = process.env['LATCHKEY_SOAK'] === '1';
const concurrent = 8;
/** The moment of the kill: so many acknowledgements, and then up to so long after. */
const mostAcknowledged = soak ? 16 : 8;
const longestDelayMs = 100;
/** argon2 takes its time: in each round some sign in, not all. */
const signInsPerRound = 3;
/** The development outbox lists no more. */
const outboxLimit = 100;

interface Load {
  /** Answered with 202. */
  readonly acknowledged: Account[];
  /** Cut off or refused: these may exist or not, but not by halves. */
  readonly cutOff: Account[];
  /** Statuses of the refused ones. */
  readonly refusals: number[];
}

/** Signs up again and again, several at once, until the server does not answer any more. Kills it at a random moment. */
async function signUpUntilKilled(origin: string, kill: () => Promise<void>, random: SeededRandom): Promise<Load> {
  const load: Load = { acknowledged: [], cutOff: [], refusals: [] };
  const enough = 1 + Math.floor(random.next() * mostAcknowledged);
  const reached = Promise.withResolvers<void>();
  const one = async () => {
    for (;;) {
      const account = newAccount();
      try {
        const { status } = await signUp(origin, account);
        if (status !== 202) load.refusals.push(status);
        else if (load.acknowledged.push(account) >= enough) reached.resolve();
        if (status === 202) continue;
      } catch {
        // The connection broke.
      }
      load.cutOff.push(account);
      if (load.cutOff.length === concurrent) reached.resolve();
      return;
    }
  };
  const signUps = Array.from({ length: concurrent }, one);
  await reached.promise;
  await sleep(random.next() * longestDelayMs);
  await Promise.all([kill(), ...signUps]);
  return load;
}

/** Every one that was acknowledged has its mail and can be confirmed, and so has every other that exists at all. */
async function expectWhole(server: ServerProcess, load: Load, random: SeededRandom): Promise<void> {
  const mails = await server.mails();
  const linksOf = ({ email }: Account) => mails.filter(({ to }) => to === email).map(({ links }) => links);
  expect(load.acknowledged.length + load.cutOff.length).toBeLessThanOrEqual(outboxLimit);
  const lost = load.acknowledged.filter((account) => linksOf(account).length !== 1);
  expect(lost, `${lost.length} of ${load.acknowledged.length} acknowledged sign-ups lost`).toEqual([]);

  const existing = [...load.acknowledged, ...load.cutOff.filter((account) => linksOf(account).length > 0)];
  const confirmations = existing.map(async (account) => {
    const token = tokenIn(linksOf(account)[0] ?? []);
    return (await post(server.origin, '/api/email-verification/confirm', { token })).status;
  });
  expect(new Set(await Promise.all(confirmations))).toEqual(new Set(existing.length > 0 ? [200] : []));
  await expectToSignIn(server, existing, random);
}

async function expectToSignIn(
  server: ServerProcess,
  accounts: readonly Account[],
  random: SeededRandom,
): Promise<void> {
  for (let count = Math.min(signInsPerRound, accounts.length); count > 0; count -= 1) {
    const account = accounts[Math.floor(random.next() * accounts.length)]!;
    expect((await signIn(server.origin, account)).status).toBe(200);
  }
}

interface Crash {
  /** With which a sign-up may be refused in the middle of it. */
  readonly refusals: readonly number[];
  readonly server: ServerProcess;
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

async function expectToSurvive(rounds: number, { server, refusals, kill, restart }: Crash): Promise<void> {
  const random = seededRandom();
  const all: Account[] = [];
  let cutOff = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const load = await signUpUntilKilled(server.origin, kill, random);
    await restart();
    try {
      expect(load.refusals.filter((status) => !refusals.includes(status))).toEqual([]);
      await expectWhole(server, load, random);
    } catch (error) {
      throw new Error(`Round ${round} of ${rounds}, seed ${random.seed}`, { cause: error });
    }
    all.push(...load.acknowledged);
    cutOff += load.cutOff.length;
  }
  console.log(`${rounds} kills: ${all.length} acknowledged sign-ups, none lost; ${cutOff} were cut off.`);
  // Else nothing was under way when the server was killed, and the test shows nothing.
  expect(all.length).toBeGreaterThanOrEqual(rounds);
  expect(cutOff).toBeGreaterThan(0);
  await expectToSignIn(server, all, random);
}

const sqliteRounds = soak ? 50 : 3;
test.concurrent(`SQLite, ${sqliteRounds} times`, { timeout: sqliteRounds * 15_000 }, async () => {
  await using server = await startServer();
  await expectToSurvive(sqliteRounds, {
    server,
    refusals: [],
    kill: async () => void (await server.kill()),
    restart: () => server.restart(),
  });
  await server.stop();
  using database = new DatabaseSync(join(server.directory, 'data', 'latchkey.db'));
  expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
});

const postgresRounds = soak ? 20 : 1;
test.concurrent(
  `PostgreSQL, killed with the server, ${postgresRounds} times`,
  { timeout: postgresRounds * 60_000 },
  async () => {
    await using postgres = await startPostgres({ durable: true });
    const LATCHKEY_DATABASE_URL = await postgres.createDatabase();
    await using server = await startServer({ settings: { LATCHKEY_DATABASE_URL } });
    await expectToSurvive(postgresRounds, {
      server,
      // When the database was gone a little earlier.
      refusals: [503],
      kill: async () => void (await Promise.all([server.kill(), postgres.kill()])),
      restart: async () => {
        await postgres.restart();
        await server.restart();
      },
    });
  },
);
