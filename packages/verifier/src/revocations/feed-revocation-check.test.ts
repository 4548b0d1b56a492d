import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENT, FeedServer, TestVerifier, tokenOf, until } from '../../test/support/feed-server.ts';
import { makeKey, NOW, refusalOf, type TestKey } from '../../test/support/issuer.ts';
import type { NewEvent } from '../../test/support/test-log.ts';
import type { RevocationPolicy, VerifierOptions } from '../index.ts';

let key: TestKey;
let nextKey: TestKey;
let server: FeedServer;
let verifiers: AsyncDisposableStack;

beforeAll(async () => {
  [key, nextKey] = await Promise.all([makeKey('EdDSA', 'key-1'), makeKey('EdDSA', 'key-2')]);
});
beforeEach(async () => {
  server = await FeedServer.start(key);
  verifiers = new AsyncDisposableStack();
});
afterEach(async () => {
  await verifiers.disposeAsync();
  await server[Symbol.asyncDispose]();
});

function start(options: Partial<VerifierOptions> = {}): TestVerifier {
  return verifiers.use(new TestVerifier(server, options));
}

async function startReady(options: Partial<VerifierOptions> = {}): Promise<TestVerifier> {
  const started = start(options);
  await started.verifier.ready();
  return started;
}

const verdict = ({ verifier }: TestVerifier, token: string, policy?: RevocationPolicy) =>
  refusalOf(verifier.verify(token, policy));

const isRefused = (of: TestVerifier, token: string) => async () => (await verdict(of, token)) === 'token_revoked';

describe('what an event refuses', () => {
  const other = 'ses_ffffffffffffffffffffffffffffffff';
  const sid = 'ses_00112233445566778899aabbccddeeff';
  test.each<[string, NewEvent, object, object]>([
    ['a session', { kind: 'session', key: sid }, { sid }, { sid: other }],
    ['a session of another form', { kind: 'session', key: 's1' }, { sid: 's1' }, { sid: 's2' }],
    ['a branch', { kind: 'branch', key: `${sid}:3.1` }, { sid, br: '3.1' }, { sid, br: '3.10' }],
    ['a branch, without one', { kind: 'branch', key: `${sid}:3.1` }, { sid, br: '3.1' }, { sid, br: undefined }],
    ['a subject', { kind: 'subject', key: 'usr_1', min_version: 4 }, { sub: 'usr_1', sv: 3 }, { sub: 'usr_1', sv: 4 }],
    [
      'of a subject, one without a version',
      { kind: 'subject', key: 'usr_1', min_version: 0 },
      { sub: 'usr_1', sv: undefined },
      { sub: 'usr_1', sv: 0 },
    ],
    [
      'a client',
      { kind: 'client', key: 'cli_1', min_version: 2 },
      { client_id: 'cli_1', cv: 1 },
      { client_id: 'cli_1', cv: 2 },
    ],
    [
      'of a client, one without a version',
      { kind: 'client', key: 'cli_1', min_version: 2 },
      { client_id: 'cli_1' },
      { client_id: 'cli_2' },
    ],
    ['a token', { kind: 'token', key: 'jti-1' }, { jti: 'jti-1' }, { jti: 'jti-2' }],
  ])('%s', async (_what, event, revoked, good) => {
    const verifier = await startReady();
    const [bad, fine] = [tokenOf(server, key, revoked), tokenOf(server, key, good)];
    expect([await verdict(verifier, bad), await verdict(verifier, fine)]).toEqual(['accepted', 'accepted']);
    server.revoke({ kind: 'unknown-kind', key: sid } as never, event);
    // The one from the cache, and one that was never seen.
    await until(isRefused(verifier, bad));
    expect(await verdict(verifier, tokenOf(server, key, revoked))).toBe('token_revoked');
    expect([await verdict(verifier, fine), await verdict(verifier, tokenOf(server, key, good))]).toEqual([
      'accepted',
      'accepted',
    ]);
    // Nobody had to be asked.
    expect(server.requests).not.toContain('POST /oauth/introspect');
  });

  test('a key: it is dropped at once, and does not come back from a cache on the way', async () => {
    const verifier = await startReady();
    const token = tokenOf(server, key);
    expect(await verdict(verifier, token)).toBe('accepted');
    // The key set is still the one from before, and was fetched a moment ago.
    server.revoke({ kind: 'key', key: 'key-1' });
    await until(async () => (await verdict(verifier, token)) === 'key_unknown');
    const fetches = () => server.requests.filter((request) => request.endsWith('jwks.json')).length;
    await until(() => fetches() === 2);
    expect(await verdict(verifier, tokenOf(server, key))).toBe('key_unknown');
    server.keys = [key.publicJwk, nextKey.publicJwk];
    verifier.freeze(11_000);
    await until(async () => (await verdict(verifier, tokenOf(server, nextKey))) === 'accepted');
    expect(await verdict(verifier, tokenOf(server, key))).toBe('key_unknown');
    expect(fetches()).toBe(3);
  });

  test.each(['freeze', 'suspend'] as const)('a key, although the log forgot it meanwhile: %s', async (stand) => {
    const verifier = await startReady();
    expect(await verdict(verifier, tokenOf(server, key))).toBe('accepted');
    server.isDown = true;
    server.cut();
    server.revoke({ kind: 'key', key: 'key-1' });
    server.keys = [nextKey.publicJwk];
    const forMs = 2_400_000;
    server.clockMs += forMs;
    server.log.purge(server.log.nowMs + forMs);
    verifier[stand](forMs);
    server.isDown = false;
    await until(() => verifier.verifier.status().stalenessMs < 1000);
    const late = { iat: NOW + forMs / 1000, exp: NOW + forMs / 1000 + 600 };
    expect(await verdict(verifier, tokenOf(server, key, late))).toBe('key_unknown');
    expect(await verdict(verifier, tokenOf(server, nextKey, late))).toBe('accepted');
  });
});

describe('while the feed is silent', () => {
  async function makeStale(options: Partial<VerifierOptions> = {}): Promise<TestVerifier> {
    const verifier = await startReady(options);
    // The keys are at hand, and are not asked for again.
    await verdict(verifier, tokenOf(server, key));
    server.isStalled = true;
    verifier.freeze(60_000);
    return verifier;
  }
  const revive = (answer: FeedServer['introspect']): void => {
    server.isStalled = false;
    server.status = 500;
    server.introspect = answer;
  };

  test('the issuer is asked about each token, each time', async () => {
    const verifier = await makeStale();
    const asked: string[] = [];
    const token = tokenOf(server, key);
    revive((shown) => {
      asked.push(shown);
      return { active: true };
    });
    expect([await verdict(verifier, token), await verdict(verifier, token)]).toEqual(['accepted', 'accepted']);
    expect(asked).toEqual([token, token]);
    server.introspect = () => ({ active: false });
    expect(await verdict(verifier, token)).toBe('token_revoked');
    expect(verifier.verifier.status().refused).toBe(1);
  });

  test.each<[string, unknown]>([
    ['a server error', 500],
    ['refused credentials', 401],
    ['a redirect', 302],
    ['no answer to the question', {}],
    ['a text instead', { active: 'true' }],
    ['a number instead', { active: 1 }],
    ['null', null],
  ])('%s is no answer: 503, and when to try again', async (_what, answer) => {
    const verifier = await makeStale();
    revive(() => answer);
    await expect(verifier.verifier.verify(tokenOf(server, key))).rejects.toMatchObject({
      code: 'revocation_unknown',
      status: 503,
      retryAfterSeconds: 2,
    });
  });

  test('an issuer that does not answer is not waited for', async () => {
    const verifier = await makeStale({ introspectionTimeoutSeconds: 0.05 });
    const tokens = Array.from({ length: 100 }, () => verdict(verifier, tokenOf(server, key)));
    expect(new Set(await Promise.all(tokens))).toEqual(new Set(['revocation_unknown']));
  });

  test('questions go out a few at a time', async () => {
    const verifier = await makeStale();
    let running = 0;
    let most = 0;
    revive(() => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
      }, 1);
      return { active: true };
    });
    const tokens = Array.from({ length: 200 }, () => verdict(verifier, tokenOf(server, key)));
    expect(new Set(await Promise.all(tokens))).toEqual(new Set(['accepted']));
    expect(most).toBeLessThanOrEqual(32);
  });

  test('a bad token is refused before anybody is asked', async () => {
    const verifier = await makeStale({ keyFetchTimeoutSeconds: 0.05 });
    server.requests.length = 0;
    expect(await verdict(verifier, tokenOf(server, key, { exp: NOW }))).toBe('token_expired');
    expect(await verdict(verifier, tokenOf(server, nextKey, {}))).toBe('key_unknown');
    expect(await verdict(verifier, `${tokenOf(server, key).slice(0, -6)}AAAAAA`)).not.toBe('revocation_unknown');
    expect(server.requests).not.toContain('POST /oauth/introspect');
  });

  test.each([
    ['closed', 'revocation_unknown'],
    ['open', 'accepted'],
  ] as const)('%s', async (whenStale, expected) => {
    const accepted: string[] = [];
    const verifier = await makeStale({
      whenStale,
      onStaleAccepted: ({ subject }) => {
        accepted.push(subject);
        throw new Error('the log is full');
      },
    });
    const token = tokenOf(server, key);
    expect([await verdict(verifier, token), await verdict(verifier, token)]).toEqual([expected, expected]);
    expect(accepted).toEqual(whenStale === 'open' ? ['usr_01', 'usr_01'] : []);
    // And a route may have its own rule.
    const other = whenStale === 'open' ? 'closed' : 'open';
    expect(await verdict(verifier, token, { whenStale: other })).toBe(
      whenStale === 'open' ? 'revocation_unknown' : 'accepted',
    );
  });

  test('what is known to be revoked is refused, whatever the rule', async () => {
    const verifier = await startReady();
    server.revoke({ kind: 'session', key: 'ses_01' });
    const token = tokenOf(server, key);
    await until(isRefused(verifier, token));
    server.isStalled = true;
    verifier.freeze(60_000);
    for (const whenStale of ['introspect', 'closed', 'open'] as const) {
      expect(await verdict(verifier, token, { whenStale })).toBe('token_revoked');
      expect(await verdict(verifier, tokenOf(server, key), { whenStale, check: 'introspect' })).toBe('token_revoked');
    }
  });

  test('never synchronised is stale', async () => {
    server.status = 500;
    const verifier = start();
    expect(await verdict(verifier, tokenOf(server, key), { whenStale: 'closed' })).toBe('revocation_unknown');
    expect(await verdict(verifier, tokenOf(server, key))).toBe('accepted');
    expect(server.requests).toContain('POST /oauth/introspect');
    expect(verifier.verifier.status()).toMatchObject({ synchronised: false, stalenessMs: Infinity, transport: 'none' });
    expect(await refusalOf(verifier.verifier.ready({ timeoutSeconds: 0.05 }))).toBe('revocation_unknown');
  });
});

test('a route that introspects asks every time, however fresh all is', async () => {
  const verifier = await startReady();
  const token = tokenOf(server, key);
  expect(await verdict(verifier, token)).toBe('accepted');
  server.introspect = () => ({ active: false });
  expect(await verdict(verifier, token, { check: 'introspect' })).toBe('token_revoked');
  expect(await verdict(verifier, token)).toBe('accepted');
  server.introspect = () => ({ active: true });
  expect(await verdict(verifier, token, { check: 'introspect' })).toBe('accepted');
});

test.each(['freeze', 'suspend'] as const)(
  'an answer that is older than the bound counts for nothing: %s',
  async (stand) => {
    const verifier = await startReady();
    const token = tokenOf(server, key);
    // The process stands still between the server's reading and its own; meanwhile anything may have been revoked.
    server.introspect = () => {
      verifier[stand](5001);
      return { active: true };
    };
    expect(await verdict(verifier, token, { check: 'introspect' })).toBe('revocation_unknown');
    server.introspect = () => {
      verifier[stand](5001);
      return { active: false };
    };
    expect(await verdict(verifier, token, { check: 'introspect' })).toBe('token_revoked');
  },
);

test('a program that waits for the revocations before it does anything else lives to see the end', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const { verifier } = start({ fetch: () => Promise.reject(new Error('down')) });
  const before = timers();
  const ready = refusalOf(verifier.ready({ timeoutSeconds: 0.05 }));
  expect(timers()).toBe(before + 1);
  expect(await ready).toBe('revocation_unknown');
});

test('without revocation, a route that introspects gets nothing', async () => {
  const verifier = verifiers.use(new TestVerifier(server, { client: undefined, revocation: 'none' } as never));
  const token = tokenOf(server, key);
  expect(await verdict(verifier, token, { whenStale: 'closed' })).toBe('accepted');
  expect(await verdict(verifier, token, { check: 'introspect' })).toBe('revocation_unknown');
  expect(verifier.verifier.status().transport).toBe('off');
  expect(server.requests).toEqual(['GET /.well-known/jwks.json']);
});

test('nothing is asked for before the first token, and nothing after the end', async () => {
  const verifier = start();
  await new Promise(setImmediate);
  expect(server.requests).toEqual([]);
  await verdict(verifier, 'a.b.c');
  expect(server.requests).toEqual([]);
  await verdict(verifier, tokenOf(server, key));
  await until(() => verifier.verifier.status().transport === 'stream');
  await verifier.verifier.close();
  await until(() => server.openStreams === 0);
  server.requests.length = 0;
  server.cut();
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  expect(server.requests).toEqual([]);
});

test('a health check sees how it stands', async () => {
  const verifier = await startReady();
  server.revoke({ kind: 'session', key: 'ses_01' }, { kind: 'token', key: 'x' });
  await until(() => verifier.verifier.status().events === 2);
  await until(() => verifier.verifier.status().transport === 'stream');
  await verdict(verifier, tokenOf(server, key));
  const { stalenessMs, clockOffsetMs, ...rest } = verifier.verifier.status();
  expect(rest).toEqual({ synchronised: true, events: 2, refused: 1, transport: 'stream' });
  expect(stalenessMs).toBeLessThan(2000);
  expect(Math.abs(clockOffsetMs ?? Infinity)).toBeLessThan(1000);
});

test('no error holds the credential', async () => {
  const errors: unknown[] = [];
  for (const status of [401, 403, 500, 302, 200]) {
    server.status = status;
    server.introspect = () => status;
    const verifier = start({ onFeedFailed: (error) => errors.push(error) });
    const before = errors.length;
    errors.push(await verifier.verifier.verify(tokenOf(server, key)).catch((error: unknown) => error));
    await until(() => errors.length === before + 2);
  }
  const texts = errors.map((error) => {
    const { message, stack, cause } = error as Error;
    return JSON.stringify({ ...(error as object), message, stack, cause: String(cause) });
  });
  expect(errors).toHaveLength(10);
  for (const text of texts) {
    expect(text).not.toContain(CLIENT.secret);
    expect(text).not.toContain(encodeURIComponent(CLIENT.secret));
    expect(text).not.toContain('Basic ');
  }
});

test('1,000 tokens, of which some were revoked, are told apart', async () => {
  const verifier = await startReady();
  const sids = Array.from({ length: 1000 }, () => `ses_${randomBytes(16).toString('hex')}`);
  const revoked = new Set(sids.filter((_sid, i) => i % 3 === 0));
  server.revoke(...[...revoked].map((sid) => ({ kind: 'session' as const, key: sid })));
  await until(() => verifier.verifier.status().events === revoked.size);
  for (const sid of sids.slice(0, 100)) {
    expect(await verdict(verifier, tokenOf(server, key, { sid }))).toBe(
      revoked.has(sid) ? 'token_revoked' : 'accepted',
    );
  }
});
