import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FeedServer, TestVerifier, tokenOf, until } from '../../test/support/feed-server.ts';
import { makeKey, refusalOf, type TestKey } from '../../test/support/issuer.ts';
import { fileSnapshot } from '../adapters/node.ts';

let key: TestKey;
let server: FeedServer;
let folder: string;
let path: string;

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
});
beforeEach(async () => {
  server = await FeedServer.start(key);
  folder = await mkdtemp(join(tmpdir(), 'latchkey-verifier-'));
  path = join(folder, 'revocations.json');
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function runOnceWith(revoked: string): Promise<void> {
  await using first = new TestVerifier(server, { snapshot: fileSnapshot(path) });
  await first.verifier.ready();
  server.revoke({ kind: 'session', key: revoked }, { kind: 'subject', key: 'usr_9', min_version: 3 });
  await until(() => first.verifier.status().events === 2);
}

test('after a restart, what was revoked is refused before the issuer was reached; nothing else is known', async () => {
  const sid = `ses_${'0f'.repeat(16)}`;
  await runOnceWith(sid);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  server.status = 500;
  await using second = new TestVerifier(server, { snapshot: fileSnapshot(path), whenStale: 'open' });
  const verdict = (claims: object) => refusalOf(second.verifier.verify(tokenOf(server, key, claims)));
  await verdict({});
  await until(() => second.verifier.status().events === 2);
  expect(await verdict({ sid })).toBe('token_revoked');
  expect(await verdict({ sub: 'usr_9', sv: 2 })).toBe('token_revoked');
  expect(await verdict({ sub: 'usr_9', sv: 3 })).toBe('accepted');
  expect(second.verifier.status()).toMatchObject({ synchronised: false, stalenessMs: Infinity });
});

describe('a store that takes its time', () => {
  const slowly = (ms: number) => {
    const store = fileSnapshot(path);
    const load = async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
      return store.load();
    };
    return { load, save: (text: string) => store.save(text) };
  };

  test('is waited for by the first token that nobody else would be asked about', async () => {
    await runOnceWith('s1');
    server.status = 500;
    await using second = new TestVerifier(server, { snapshot: slowly(50), whenStale: 'open' });
    expect(await refusalOf(second.verifier.verify(tokenOf(server, key, { sid: 's1' })))).toBe('token_revoked');
  });

  test('for a while', async () => {
    server.status = 500;
    const store = { load: () => new Promise<undefined>(() => {}), save: () => Promise.resolve() };
    const second = new TestVerifier(server, { snapshot: store, whenStale: 'open' });
    expect(await refusalOf(second.verifier.verify(tokenOf(server, key)))).toBe('accepted');
  });

  test('has a revoked key dropped that was fetched meanwhile', async () => {
    const save = () => Promise.resolve();
    const events = [{ kind: 'key', key: 'key-1', drop_after: Date.now() * 2 }];
    const text = JSON.stringify({ format: 'latchkey-revocations-1', issuer: server.origin, events });
    const held = Promise.withResolvers<string>();
    await using second = new TestVerifier(server, { snapshot: { load: () => held.promise, save } });
    expect(await refusalOf(second.verifier.verify(tokenOf(server, key)))).toBe('accepted');
    server.requests.length = 0;
    held.resolve(text);
    await until(() => server.requests.includes('GET /.well-known/jwks.json'));
    expect(await refusalOf(second.verifier.verify(tokenOf(server, key)))).toBe('key_unknown');
  });
});

describe('a file that is no use is ignored, and told to the log', () => {
  test.each<[string, (text: string) => string]>([
    ['cut off', (text) => text.slice(0, -10)],
    ['empty', () => ''],
    ['null', () => 'null'],
    ['of another issuer', (text) => text.replace('127.0.0.1', '127.0.0.2')],
    ['of another format', (text) => text.replace('revocations-1', 'revocations-2')],
    ['with an event that is none', (text) => text.replace('"session"', '7')],
    ['with a bound without a version', (text) => text.replace('"min_version":3,', '')],
  ])('%s', async (_what, damage) => {
    await runOnceWith('s1');
    await writeFile(path, damage(await readFile(path, 'utf8')));
    const failures: unknown[] = [];
    server.status = 500;
    await using second = new TestVerifier(server, {
      snapshot: fileSnapshot(path),
      onSnapshotFailed: (error) => failures.push(error),
    });
    await refusalOf(second.verifier.verify(tokenOf(server, key)));
    await until(() => failures.length === 1);
    expect(second.verifier.status().events).toBe(0);
  });
});

test('no file yet is no failure, and one that cannot be written is told', async () => {
  const failures: unknown[] = [];
  const onSnapshotFailed = (error: unknown) => failures.push(error);
  const nowhere = join(folder, randomUUID(), 'x.json');
  const only = new TestVerifier(server, { snapshot: fileSnapshot(nowhere), onSnapshotFailed });
  await only.verifier.ready();
  server.revoke({ kind: 'token', key: 'x' });
  await until(() => only.verifier.status().events === 1);
  expect(failures).toEqual([]);
  await only.verifier.close();
  await until(() => failures.length === 1);
  expect(await readdir(folder)).toEqual([]);
});

test('a file is replaced whole, and leaves nothing beside it', async () => {
  const store = fileSnapshot(path);
  expect(await store.load()).toBeUndefined();
  const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000));
  await Promise.all(texts.map((text) => store.save(text)));
  expect(texts).toContain(await store.load());
  expect(await readdir(folder)).toEqual(['revocations.json']);
});

test('a verifier that was never used leaves the file alone', async () => {
  await writeFile(path, 'something');
  const unused = new TestVerifier(server, { snapshot: fileSnapshot(path) });
  await unused.verifier.close();
  expect(await readFile(path, 'utf8')).toBe('something');
});
