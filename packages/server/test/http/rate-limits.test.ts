import { ROUTES } from '@latchkey/protocol';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { networkOf } from '../../src/domain/network/network-of.ts';
import { RATE_LIMITS } from '../../src/domain/rate-limits/rate-limits.ts';
import { takeAttempt } from '../../src/operations/attempts.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';

const { signInByAccount } = RATE_LIMITS;

describeEachDatabase('limits', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startClockedServer(new TestClock(), { databaseUrl: database.url });
  });
  afterAll(() => server.close());

  const guess = async (email: string, times: number): Promise<Record<number, number>> => {
    const counts: Record<number, number> = {};
    for (let done = 0; done < times; done += 1) {
      const { status } = await server.browser().signIn(email, 'a wrong password');
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  };

  test('of 50 parallel attempts exactly as many get through as are allowed', async () => {
    const takes = Array.from({ length: 50 }, () =>
      takeAttempt(server.operations, ['mailByAddress', 'fifty@example.com']),
    );
    const results = await Promise.allSettled(takes);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(RATE_LIMITS.mailByAddress.attempts);
  });

  test('an attempt that one limit refuses counts against none', async () => {
    const { attempts } = RATE_LIMITS.mailByAddress;
    for (let done = 0; done < attempts; done += 1) {
      await takeAttempt(server.operations, ['mailByAddress', 'full@example.com']);
    }
    const both = () =>
      takeAttempt(server.operations, ['mailByNetwork', '192.0.2.9'], ['mailByAddress', 'full@example.com']);
    for (let done = 0; done < RATE_LIMITS.mailByNetwork.attempts; done += 1) {
      await expect(both()).rejects.toMatchObject({ name: 'TooManyAttemptsError' });
    }
    await takeAttempt(server.operations, ['mailByNetwork', '192.0.2.9']);
  });

  test('guessing is slowed down, for an unknown address just as for a known one, and says until when', async () => {
    await server.signUpAndVerify('known@example.com');
    // The last but one is the first that is slow.
    const answers = { 401: signInByAccount.attempts + 1, 429: 2 };
    expect(await guess('known@example.com', signInByAccount.attempts + 3)).toEqual(answers);
    expect(await guess('unknown@example.com', signInByAccount.attempts + 3)).toEqual(answers);
    for (const email of ['known@example.com', 'unknown@example.com']) {
      const response = await server.browser().signIn(email, 'a wrong password');
      expect(await problemOf(response)).toBe('429 too_many_requests');
      const retryAfter = Number(response.headers.get('Retry-After'));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(RATE_LIMITS.slowSignInByNetwork.windowMs / 1000);
    }
  });

  test('the right user, in a browser of theirs, is not slowed down by the guesses of others', async () => {
    const browser = await server.signedIn('victim@example.com');
    await browser.request(ROUTES.signOut, { method: 'POST' });
    await guess('victim@example.com', signInByAccount.attempts + 2);
    expect((await browser.signIn('victim@example.com')).status).toBe(200);
    expect((await server.browser().signIn('victim@example.com')).status).toBe(429);
    // Guesses in that browser count for themselves, and end as well.
    for (let done = 0; done < RATE_LIMITS.signInByKnownDevice.attempts; done += 1) {
      expect((await browser.signIn('victim@example.com', 'a wrong password')).status).toBe(401);
    }
    expect((await browser.signIn('victim@example.com')).status).toBe(429);
  });

  test("a browser that knows one account is nobody's known device at another", async () => {
    const browser = await server.signedIn('own@example.com');
    await server.signUpAndVerify('foreign@example.com');
    await guess('foreign@example.com', signInByAccount.attempts + 2);
    expect((await browser.signIn('foreign@example.com')).status).toBe(429);
  });

  test('whoever signs in with the right password many times is never slowed down', async () => {
    const browser = await server.signedIn('often@example.com');
    for (let done = 0; done < signInByAccount.attempts + 5; done += 1) {
      expect((await browser.signIn('often@example.com')).status).toBe(200);
      expect((await server.browser().signIn('often@example.com')).status).toBe(200);
    }
  });
});

describe('a network', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startClockedServer(new TestClock(), { settings: { LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8' } });
  });
  afterAll(() => server.close());

  const guessFrom = (forwardedFor: string, peer: string, number: number) =>
    server.fetch(
      new Request(`${server.issuer}${ROUTES.signIn}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': forwardedFor },
        body: JSON.stringify({ email: `guess-${number}@example.com`, password: 'a wrong password' }),
      }),
      { incoming: { socket: { remoteAddress: peer } } } as never,
    );

  test('that guesses at many accounts is stopped, as a whole /64, and by no address that it claims', async () => {
    const { attempts } = RATE_LIMITS.signInByNetwork;
    const guesses = 5;
    for (let done = guesses; done < attempts; done += 1) {
      await takeAttempt(server.operations, ['signInByNetwork', networkOf('2001:db8:1:2::1')]);
    }
    for (let done = 0; done < guesses; done += 1) {
      const response = await guessFrom(`2001:db8:1:2::${done.toString(16)}`, '10.0.0.1', done);
      expect(response.status).toBe(401);
    }
    expect((await guessFrom('2001:db8:1:2:ffff::1', '10.0.0.1', 1000)).status).toBe(429);
    expect((await guessFrom('2001:db8:1:3::1', '10.0.0.1', 1001)).status).toBe(401);
    // Without the proxy in between, the header is the client's own claim.
    expect((await guessFrom('203.0.113.1', '2001:db8:1:2::5', 1002)).status).toBe(429);
  });
});
