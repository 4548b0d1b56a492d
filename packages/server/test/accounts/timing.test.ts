/** The time that an answer takes must not tell whether an address is known: distributions are compared. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEmailAddress } from '../../src/domain/email-addresses/parse.ts';
import { newBrowserSecret } from '../../src/domain/one-time-tokens/magic-link.ts';
import { normalisePassword } from '../../src/domain/passwords/policy.ts';
import { createPasswordHasher } from '../../src/node/password-hasher.ts';
import type { OperationContext, PasswordHasher } from '../../src/operations/context.ts';
import { requestEmailVerification } from '../../src/operations/request-email-verification.ts';
import { requestMagicLink } from '../../src/operations/request-magic-link.ts';
import { requestPasswordReset } from '../../src/operations/request-password-reset.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { saveRegistration } from '../../src/storage/registrations.ts';
import { insertUser, savePasswordHash } from '../../src/storage/users.ts';
import { aUser } from '../storage/nodes.ts';
import { createTestContext, TestClock, type TestContext } from '../support/test-server.ts';
import { CALLER, NEW_PASSWORD, PASSWORD } from './accounts.ts';
import { rankDistance, SURELY_DIFFERENT } from './rank-test.ts';

/** A hash of about two milliseconds: what differs by one shows, and thousands can be afforded. */
const CHEAP = { memoryCost: 1024, timeCost: 2 };
const SAMPLES = 60;
const WARM_UP = 8;
const KINDS = ['known', 'waiting', 'unknown'] as const;
type Kind = (typeof KINDS)[number];
type Operation = (context: OperationContext, email: string) => Promise<unknown>;

let context: TestContext;
let operations: OperationContext;
let rounds = 0;
beforeAll(async () => {
  context = await createTestContext(new TestClock());
  operations = { ...context.operations, passwords: createPasswordHasher(1, CHEAP) };
});
afterAll(() => context[Symbol.asyncDispose]());

/** So many addresses of a kind: each is used once, because there are limits by address. */
async function makeAddresses(kind: Kind, prefix: string): Promise<readonly string[]> {
  const { store, passwords, clock } = operations;
  const passwordHash = await passwords.hash(normalisePassword(PASSWORD));
  const now = clock();
  const addresses = Array.from({ length: SAMPLES + WARM_UP }, (_, number) => `${prefix}-${kind}-${number}@example.com`);
  await store.transaction(async (tx) => {
    for (const address of addresses) {
      const email = parseEmailAddress(address)!;
      const user = aUser({ email, emailVerifiedAt: now });
      if (kind === 'known') {
        await insertUser(tx, user);
        await savePasswordHash(tx, user.id, passwordHash, now);
      }
      if (kind === 'waiting') {
        const rest = { name: null, tokenHash: `token of ${address}`, contested: false };
        const times = { createdAt: now, expiresAt: now + 9e9 };
        await saveRegistration(tx, { email, passwordHash, ...rest, ...times }, { hash: null });
      }
    }
  });
  return addresses;
}

/** Times by kind, taken in turns, so that what else the machine does falls upon all alike. */
async function measure(work: Operation, on: OperationContext = operations): Promise<Readonly<Record<Kind, number[]>>> {
  rounds += 1;
  const times: Record<Kind, number[]> = { known: [], waiting: [], unknown: [] };
  const addresses = {
    known: await makeAddresses('known', `r${rounds}`),
    waiting: await makeAddresses('waiting', `r${rounds}`),
    unknown: await makeAddresses('unknown', `r${rounds}`),
  };
  for (let sample = 0; sample < SAMPLES + WARM_UP; sample += 1) {
    for (let turn = 0; turn < KINDS.length; turn += 1) {
      const kind = KINDS[(sample + turn) % KINDS.length]!;
      const startedAt = performance.now();
      await work(on, addresses[kind][sample]!);
      if (sample >= WARM_UP) times[kind].push(performance.now() - startedAt);
    }
  }
  return times;
}

const wrongPassword: Operation = (on, email) => signIn(on, { email, password: 'a wrong password' }, CALLER);

describe('known, waiting and unknown addresses take the same time', () => {
  const cases: [string, Operation][] = [
    ['to sign in with a wrong password', wrongPassword],
    ['to sign up', (on, email) => signUp(on, { email, password: NEW_PASSWORD }, CALLER)],
    ['to ask for a reset', (on, email) => requestPasswordReset(on, { email }, CALLER)],
    [
      'to ask for a link that signs in',
      (on, email) => requestMagicLink(on, { email, browser: newBrowserSecret(on.random) }, CALLER),
    ],
    ['to ask for the link again', (on, email) => requestEmailVerification(on, { email }, CALLER)],
  ];
  test.each(cases)('%s', async (_name, work) => {
    const times = await measure(work);
    expect(rankDistance(times.known, times.unknown)).toBeLessThan(SURELY_DIFFERENT);
    expect(rankDistance(times.waiting, times.unknown)).toBeLessThan(SURELY_DIFFERENT);
  });
});

describe('the comparison finds', () => {
  test('a hash that is left out where there is nothing to compare with', async () => {
    const { passwords } = operations;
    const hasty: PasswordHasher = {
      ...passwords,
      verify: async (hash, password) => hash !== null && passwords.verify(hash, password),
    };
    const times = await measure(wrongPassword, { ...operations, passwords: hasty });
    expect(rankDistance(times.known, times.unknown)).toBeGreaterThan(SURELY_DIFFERENT);
    expect(rankDistance(times.waiting, times.unknown)).toBeGreaterThan(SURELY_DIFFERENT);
  });

  test('two milliseconds that a known address takes longer', async () => {
    const slow: Operation = async (on, email) => {
      await requestPasswordReset(on, { email }, CALLER);
      const until = performance.now() + (email.includes('known-') && !email.includes('unknown') ? 2 : 0);
      while (performance.now() < until);
    };
    const times = await measure(slow);
    expect(rankDistance(times.known, times.unknown)).toBeGreaterThan(SURELY_DIFFERENT);
  });

  test('nothing in one sample that was cut in two, and all there is in samples that do not meet', () => {
    const sample = Array.from({ length: 40 }, (_, index) => index);
    const halves = [0, 1].map((half) => sample.filter((value) => value % 2 === half));
    expect(rankDistance(halves[0]!, halves[1]!)).toBeLessThan(1);
    expect(rankDistance([1, 1, 1], [1, 1, 1])).toBe(0);
    expect(rankDistance(sample.slice(0, 20), sample.slice(20))).toBeGreaterThan(SURELY_DIFFERENT);
  });
});
