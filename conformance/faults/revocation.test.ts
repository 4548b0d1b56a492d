/** What may happen to the feed of revocations, to the server behind it and to a verifier that follows it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createTestDatabase } from '../../packages/server/test/support/databases.ts';
import { backUpPostgresDatabase } from '../../packages/server/test/support/postgres-databases.ts';
import { RevocationWatch } from '../support/revocation-watch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const soak = process.env['LATCHKEY_SOAK'] === '1';
const rounds = soak ? 5 : 1;
/** The least that a verifier takes. */
const maxStalenessSeconds = 2;
/** Longer than that. */
const faultMs = soak ? 10_000 : 2400;
const hourMs = 3_600_000;

vi.setConfig({ testTimeout: soak ? 60 * 60_000 : 60_000 });

describe('a verifier that follows the revocations through a network', () => {
  let server: ServerProcess;
  let proxy: TcpProxy;
  let watch: RevocationWatch;
  beforeAll(async () => {
    proxy = await startTcpProxy(() => server.port);
    const issuer = `http://localhost:${proxy.port}`;
    server = await startServer({ settings: { LATCHKEY_ISSUER: issuer } });
    watch = await RevocationWatch.start(server, issuer, maxStalenessSeconds);
    // One that is alive all the time.
    await watch.begin();
  });
  afterAll(async () => {
    await watch?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
    await server?.close();
  });

  const repeat = async (one: () => Promise<void>) => {
    for (let round = 0; round < rounds; round += 1) await one();
  };

  test('refuses a token soon after its session has ended, where nothing is wrong', () =>
    repeat(async () => {
      const ended = await watch.begin();
      await watch.revoke(ended);
      expect(await watch.recovered()).toEqual([]);
      const delays = await watch.acceptedAfterMs();
      expect(Math.max(...delays)).toBeLessThan(1000);
    }));

  test('is cut off again and again', () =>
    repeat(async () => {
      const [first, second] = [await watch.begin(), await watch.begin()];
      const stopAtMs = performance.now() + faultMs;
      proxy.cut();
      await watch.revoke(first);
      while (performance.now() < stopAtMs) {
        proxy.cut();
        await sleep(150);
      }
      await watch.revoke(second);
      proxy.cut();
      expect(await watch.recovered()).toEqual([]);
    }));

  test('hears nothing over a connection that stays open', () =>
    repeat(async () => {
      const [before, during] = [await watch.begin(), await watch.begin()];
      await watch.revoke(before);
      proxy.stall();
      await watch.revoke(during);
      await sleep(faultMs);
      expect(await watch.tooLateMs()).toEqual([]);
      const { tokens, status } = await watch.verifier.ask();
      expect(status.stalenessMs ?? Infinity).toBeGreaterThan(1000 * maxStalenessSeconds);
      expect(tokens[during.token]?.closed).not.toBe('accepted');
      proxy.release();
      expect(await watch.recovered()).toEqual([]);
    }));

  test('is stopped itself, and goes on', () =>
    repeat(async () => {
      const ended = await watch.begin();
      watch.verifier.signal('SIGSTOP');
      await watch.revoke(ended);
      await sleep(faultMs);
      watch.verifier.signal('SIGCONT');
      expect(await watch.recovered()).toEqual([]);
    }));

  test('has a clock that is wrong by an hour, either way', () =>
    repeat(async () => {
      for (const clockOffsetMs of [hourMs, -hourMs]) {
        const [before, during] = [await watch.begin(), await watch.begin()];
        await watch.revoke(before);
        await watch.verifier.ask({ clockOffsetMs });
        await watch.revoke(during);
        await sleep(faultMs / 2);
        expect(await watch.tooLateMs()).toEqual([]);
        await watch.verifier.ask({ clockOffsetMs: 0 });
        expect(await watch.recovered()).toEqual([]);
      }
    }));

  test('loses its server by kill -9 right after a sign-out was acknowledged', () =>
    repeat(async () => {
      const ended = await watch.begin();
      await watch.revoke(ended);
      await server.kill();
      await sleep(faultMs);
      expect(await watch.tooLateMs()).toEqual([]);
      await server.restart();
      expect(await watch.recovered()).toEqual([]);
      const next = await watch.begin();
      await watch.revoke(next);
      expect(await watch.recovered()).toEqual([]);
    }));
});

describe('a database that is put back to a backup', () => {
  test('a token that was revoked since stays refused, and new revocations arrive', async () => {
    await using database = await createTestDatabase('postgres');
    await using server = await startServer({ settings: { LATCHKEY_DATABASE_URL: database.url } });
    await using watch = await RevocationWatch.start(server, server.origin, maxStalenessSeconds);
    await watch.begin();
    for (let round = 0; round < rounds; round += 1) {
      const [before, lost, after] = [await watch.begin(), await watch.begin(), await watch.begin()];
      await watch.revoke(before);
      await using backup = await backUpPostgresDatabase(inject('postgresUrl') ?? '', database.url);
      await watch.revoke(lost);
      expect(await watch.recovered()).toEqual([]);
      await backup.restore();
      // As many events as were lost, and more: the place where the verifier stood has another one now.
      await watch.revoke(after);
      const more = await watch.begin();
      await watch.revoke(more);
      expect(await watch.recovered()).toEqual([]);
    }
  });
});
