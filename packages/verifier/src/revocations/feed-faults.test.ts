import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FeedServer, TestVerifier, tokenOf, until } from '../../test/support/feed-server.ts';
import { makeKey, NOW, refusalOf, type TestKey } from '../../test/support/issuer.ts';
import type { VerifierOptions } from '../index.ts';

let key: TestKey;
let server: FeedServer;
let verifiers: AsyncDisposableStack;
let sessions = 0;

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
});
beforeEach(async () => {
  server = await FeedServer.start(key);
  verifiers = new AsyncDisposableStack();
});
afterEach(async () => {
  await verifiers.disposeAsync();
  await server[Symbol.asyncDispose]();
});

/** A verifier that never asks about a single token: what it accepts, it accepts by what the feed has told. */
async function follow(options: Partial<VerifierOptions> = {}): Promise<TestVerifier> {
  const started = verifiers.use(new TestVerifier(server, { whenStale: 'closed', ...options }));
  await started.verifier.ready();
  await until(() => server.openStreams > 0 || server.isBuffering || server.status !== undefined);
  return started;
}

const verdict = ({ verifier }: TestVerifier, token: string) => refusalOf(verifier.verify(token));

/** A token of a session of its own. */
function newToken(claims: object = {}): { readonly sid: string; readonly token: string } {
  sessions += 1;
  const sid = `ses_${sessions.toString(16).padStart(32, '0')}`;
  return { sid, token: tokenOf(server, key, { sid, ...claims }) };
}

/** A token that is accepted, and then refused because its session was ended. */
async function expectRevocable(verifier: TestVerifier): Promise<string> {
  const { sid, token } = newToken();
  await until(async () => (await verdict(verifier, token)) === 'accepted');
  server.revoke({ kind: 'session', key: sid });
  await until(async () => (await verdict(verifier, token)) === 'token_revoked');
  return token;
}

const requestsFor = (what: string): number => server.requests.filter((request) => request === what).length;

test('a stream brings an event at once', async () => {
  const verifier = await follow();
  const { sid, token } = newToken();
  expect(await verdict(verifier, token)).toBe('accepted');
  server.requests.length = 0;
  const startedAt = performance.now();
  server.revoke({ kind: 'session', key: sid });
  await until(async () => (await verdict(verifier, token)) === 'token_revoked');
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect(requestsFor('GET /revocations')).toBe(0);
});

describe('the connection', () => {
  test('is cut, again and again: nothing is missed', async () => {
    const verifier = await follow();
    const tokens = [];
    for (let i = 0; i < 8; i += 1) {
      const { sid, token } = newToken();
      tokens.push(token);
      server.cut();
      server.revoke({ kind: 'session', key: sid });
      if (i % 2 === 0) await until(() => server.openStreams > 0);
    }
    for (const token of tokens) await until(async () => (await verdict(verifier, token)) === 'token_revoked');
    expect(requestsFor('GET /revocations/snapshot')).toBe(1);
  });

  test('is stalled, with all sockets open: refused with 503 in time, and another connection is made', async () => {
    const verifier = await follow({ maxStalenessSeconds: 2 });
    const { sid, token } = newToken();
    expect(await verdict(verifier, token)).toBe('accepted');
    server.isStalled = true;
    server.revoke({ kind: 'session', key: sid });
    const committedAt = performance.now();
    let code = 'accepted';
    while (code === 'accepted') {
      const askedAt = performance.now();
      code = await verdict(verifier, token);
      if (code === 'accepted') expect(askedAt - committedAt).toBeLessThan(2050);
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
    expect(code).toBe('revocation_unknown');
    server.isStalled = false;
    await until(async () => (await verdict(verifier, token)) === 'token_revoked');
  });

  test('is refused for a while: found again by itself', async () => {
    const verifier = await follow();
    server.isDown = true;
    server.cut();
    const { sid, token } = newToken();
    server.revoke({ kind: 'session', key: sid });
    await until(() => verifier.verifier.status().transport === 'none');
    server.isDown = false;
    await until(async () => (await verdict(verifier, token)) === 'token_revoked');
    expect(requestsFor('GET /revocations/snapshot')).toBe(1);
  });

  test('goes through a proxy that holds streams back: asked for each second', async () => {
    server.isBuffering = true;
    const verifier = await follow();
    await expectRevocable(verifier);
    expect(verifier.verifier.status().transport).toBe('poll');
    expect(requestsFor('STREAM /revocations')).toBe(1);
  });
});

describe('messages', () => {
  test('come twice', async () => {
    server.copies = 3;
    const verifier = await follow();
    for (let i = 0; i < 5; i += 1) await expectRevocable(verifier);
    expect(verifier.verifier.status().events).toBe(5);
    expect(requestsFor('GET /revocations/snapshot')).toBe(1);
  });

  test('are overtaken: an old page that comes late undoes nothing', async () => {
    server.isBuffering = true;
    const verifier = await follow();
    const held = Promise.withResolvers<undefined>();
    server.hold = held.promise;
    await until(() => server.hold === undefined);
    server.isBuffering = false;
    server.cut();
    await until(() => server.openStreams > 0);
    const token = await expectRevocable(verifier);
    held.resolve(undefined);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    await expectRevocable(verifier);
    expect(await verdict(verifier, token)).toBe('token_revoked');
    expect(requestsFor('GET /revocations/snapshot')).toBe(1);
  });

  test.each<[string, string]>([
    ['are no JSON', 'event: page\ndata: {\n\n'],
    ['are no page', 'event: page\ndata: {"epoch":1}\n\n'],
    [
      'lack their version',
      `event: page\ndata: ${JSON.stringify({ epoch: 'epoch-1', head: 1, cursor: '1.', seq: 1, elapsed_ms: 0, now: 0, events: [{ seq: 1, kind: 'subject', key: 'usr_1', drop_after: 1 }] })}\n\n`,
    ],
    ['are of another kind', 'event: other\ndata: {}\n\n'],
    ['are comments', ': nothing\n\n'],
  ])('%s', async (_what, text) => {
    const verifier = await follow();
    server.sendRaw(text);
    await expectRevocable(verifier);
    expect(requestsFor('GET /revocations/snapshot')).toBe(1);
  });
});

describe('the log', () => {
  test('is another one: a snapshot is taken, and what was revoked stays so', async () => {
    const verifier = await follow();
    const token = await expectRevocable(verifier);
    server.log.restore({ events: [], head: 0, mark: '' });
    server.log.epoch = 'epoch-2';
    server.push();
    await expectRevocable(verifier);
    expect(requestsFor('GET /revocations/snapshot')).toBe(2);
    expect(await verdict(verifier, token)).toBe('token_revoked');
  });

  test('has forgotten the place where a verifier stood: 410', async () => {
    const verifier = await follow();
    await expectRevocable(verifier);
    server.isDown = true;
    server.cut();
    const { sid, token } = newToken();
    server.revoke({ kind: 'session', key: sid }, { kind: 'session', key: 'ses_x', drop_after: 0 });
    server.revoke({ kind: 'session', key: 'ses_y', drop_after: 0 }, { kind: 'session', key: 'ses_z' });
    server.log.purge(server.log.nowMs);
    server.isDown = false;
    await until(async () => (await verdict(verifier, token)) === 'token_revoked');
    expect(requestsFor('GET /revocations/snapshot')).toBe(2);
  });

  test.each([0, 1, 5])('went back to a backup, and has grown by %d since', async (growth) => {
    const verifier = await follow();
    await expectRevocable(verifier);
    const backup = server.log.backUp();
    const lost = [await expectRevocable(verifier), await expectRevocable(verifier)];
    server.isDown = growth > 0;
    if (growth > 0) server.cut();
    server.log.restore(backup);
    const grown = Array.from({ length: growth }, () => newToken());
    for (const { sid } of grown) server.revoke({ kind: 'session', key: sid });
    server.isDown = false;
    server.push();
    for (const { token } of grown) await until(async () => (await verdict(verifier, token)) === 'token_revoked');
    await until(() => requestsFor('GET /revocations/snapshot') >= 2);
    await expectRevocable(verifier);
    // The issuer has forgotten these. We have not.
    for (const token of lost) expect(await verdict(verifier, token)).toBe('token_revoked');
  });
});

describe('clocks', () => {
  test.each([-3_600_000, 3_600_000])('our wall clock is wrong by %d ms', async (ms) => {
    const verifier = verifiers.use(new TestVerifier(server, { whenStale: 'closed', clockToleranceSeconds: 300 }));
    verifier.wallOffsetMs = ms;
    await verifier.verifier.ready();
    // Good at our time as well as at the issuer's, however they differ.
    const wide = { iat: NOW - 4000, exp: NOW + 8000 };
    const { sid, token } = newToken(wide);
    const other = newToken(wide);
    await until(async () => (await verdict(verifier, token)) === 'accepted');
    // The event falls out when the token is over by the issuer's clock.
    server.revoke({ kind: 'session', key: sid, drop_after: (NOW + 8000) * 1000 });
    await until(async () => (await verdict(verifier, token)) === 'token_revoked');
    for (let hour = 0; hour < 3; hour += 1) {
      server.clockMs += 3_600_000;
      verifier.freeze(3_600_000);
      await until(() => verifier.verifier.status().stalenessMs < 1000);
      expect(await verdict(verifier, token)).not.toBe('accepted');
      const isOver = server.clockMs + Math.max(0, ms) >= 8_000_000;
      await until(async () => (await verdict(verifier, other.token)) === (isOver ? 'token_expired' : 'accepted'));
    }
    expect(await verdict(verifier, token)).toBe('token_expired');
  });

  test('a wall clock that is set makes nothing fresh, and nothing stale for long', async () => {
    const verifier = await follow();
    const wide = newToken({ iat: NOW - 4000, exp: NOW + 8000 });
    expect(await verdict(verifier, wide.token)).toBe('accepted');
    for (const ms of [3_600_000, -3_600_000, -3_600_000, 3_600_000]) {
      verifier.wallOffsetMs += ms;
      await until(() => verifier.verifier.status().stalenessMs < 1000);
      await until(() => verifier.verifier.status().transport === 'stream');
    }
    server.isStalled = true;
    verifier.freeze(6000);
    verifier.wallOffsetMs -= 3_600_000;
    expect(verifier.verifier.status().stalenessMs).toBeGreaterThan(5900);
    expect(await verdict(verifier, wide.token)).toBe('revocation_unknown');
  });

  test.each(['freeze', 'suspend'] as const)(
    'a verifier that was stopped for 10 s knows that it knows nothing: %s',
    async (how) => {
      const verifier = await follow();
      const { sid, token } = newToken();
      await until(async () => (await verdict(verifier, token)) === 'accepted');
      server.isStalled = true;
      verifier[how](10_000);
      server.revoke({ kind: 'session', key: sid });
      expect(await verdict(verifier, token)).toBe('revocation_unknown');
      server.isStalled = false;
      await until(async () => (await verdict(verifier, token)) === 'token_revoked');
    },
  );
});

describe('the credential', () => {
  test.each([401, 403])('is refused with %d: said once, and tried seldom', async (status) => {
    server.status = status;
    const errors: unknown[] = [];
    const verifier = verifiers.use(new TestVerifier(server, { onFeedFailed: (error) => errors.push(error) }));
    await verdict(verifier, newToken().token);
    await until(() => errors.length > 0);
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(errors).toEqual([expect.objectContaining({ name: 'FeedError', kind: 'credentials_refused' })]);
    expect(requestsFor('GET /revocations/snapshot')).toBe(1);
  });

  test.each([301, 302, 307, 308])('is not carried along by a redirect with %d', async (status) => {
    server.status = status;
    server.introspect = () => status;
    const verifier = verifiers.use(new TestVerifier(server));
    expect(await verdict(verifier, newToken().token)).toBe('revocation_unknown');
    expect(server.requests.filter((request) => request.endsWith('/elsewhere'))).toEqual([]);
  });
});

test('no token is accepted that was revoked longer ago than the bound, whatever the feed does', async () => {
  const verifier = await follow({ maxStalenessSeconds: 2 });
  const faults = [
    () => server.cut(),
    () => (server.isStalled = true),
    () => (server.isStalled = false),
    () => (server.copies = 2),
    () => (server.isDown = true),
    () => (server.isDown = false),
    () => (server.isBuffering = !server.isBuffering),
    () => (verifier.wallOffsetMs += 5000),
    () => (verifier.wallOffsetMs -= 5000),
    () => verifier.freeze(1000),
  ];
  const revokedAt = new Map<string, number>();
  let seed = 1;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const isLong = process.env['LATCHKEY_SOAK'] === '1';
  // By the verifier's own monotonic clock, so that time that is only said to pass counts.
  const now = (): number => performance.now() + verifier.monotonicOffsetMs;
  for (const endAt = performance.now() + (isLong ? 120_000 : 2000); performance.now() < endAt;) {
    if (next(4) === 0) faults[next(faults.length)]?.();
    const { sid, token } = newToken();
    await verdict(verifier, token);
    server.revoke({ kind: 'session', key: sid });
    revokedAt.set(token, now());
    for (const [revoked, at] of [...revokedAt].slice(-20)) {
      const askedAt = now();
      if ((await verdict(verifier, revoked)) === 'accepted') expect(askedAt - at).toBeLessThan(2000);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  Object.assign(server, { isStalled: false, isDown: false, isBuffering: false });
  const last = [...revokedAt.keys()].slice(-20);
  // In a long run the clocks have gone so far on that some are over.
  const refusals = new Set(['token_revoked', 'token_expired']);
  for (const token of last) await until(async () => refusals.has(await verdict(verifier, token)));
  expect(last).toHaveLength(20);
});
