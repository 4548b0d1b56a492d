import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { FeedServer, TestVerifier, tokenOf, until } from '../../test/support/feed-server.ts';
import { makeKey, refusalOf, type TestKey } from '../../test/support/issuer.ts';
import type { RevokedEvent, VerifierOptions } from '../index.ts';

let key: TestKey;
let server: FeedServer;
let verifiers: AsyncDisposableStack;

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

const start = (options: Partial<VerifierOptions> = {}) => verifiers.use(new TestVerifier(server, options));

/** A verifier and what its listener has been told: as `kind key`. */
function startListening(options: Partial<VerifierOptions> = {}) {
  const started = start(options);
  const told: string[] = [];
  const stop = started.verifier.onRevoked(({ kind, key: name }) => told.push(`${kind} ${name}`));
  return { of: started, verifier: started.verifier, told, stop };
}

const session = (name: string) => ({ kind: 'session', key: name }) as const;

test('each event is told once, in order, with what it is about; tokens of it are refused by then', async () => {
  const { verifier } = start();
  const told: RevokedEvent[] = [];
  const verdicts: Promise<string>[] = [];
  const token = tokenOf(server, key, { sid: 'ses_3' });
  verifier.onRevoked((event) => {
    told.push(event);
    if (event.key === 'ses_3') verdicts.push(refusalOf(verifier.verify(token)));
  });
  await verifier.ready();
  expect(await refusalOf(verifier.verify(token))).toBe('accepted');
  server.copies = 2;
  server.revoke(
    { kind: 'subject', key: 'usr_1', min_version: 4 },
    { kind: 'unknown-kind', key: 'x' } as never,
    { kind: 'client', key: 'cli_1', min_version: 2 },
    { kind: 'branch', key: 'ses_2:3.1' },
  );
  server.revoke({ kind: 'token', key: 'jti-1' }, { kind: 'key', key: 'key-9' }, session('ses_3'));
  await until(() => told.length >= 6);
  server.revoke(session('ses_4'));
  await until(() => told.length >= 7);
  expect(told).toEqual([
    { kind: 'subject', key: 'usr_1', minVersion: 4 },
    { kind: 'client', key: 'cli_1', minVersion: 2 },
    { kind: 'branch', key: 'ses_2:3.1' },
    { kind: 'token', key: 'jti-1' },
    { kind: 'key', key: 'key-9' },
    { kind: 'session', key: 'ses_3' },
    { kind: 'session', key: 'ses_4' },
  ]);
  expect(Object.isFrozen(told[0])).toBe(true);
  expect(await Promise.all(verdicts)).toEqual(['token_revoked']);
});

test('the feed is followed from then on, without a token', async () => {
  server.revoke(session('ses_before'));
  const { told, verifier } = startListening();
  await until(() => told.length === 1);
  expect(told).toEqual(['session ses_before']);
  await until(() => verifier.status().transport === 'stream');
});

test('what was known before a listener came is not told to it', async () => {
  const { told, verifier } = startListening();
  server.revoke(session('ses_1'));
  await until(() => told.length === 1);
  const later: string[] = [];
  verifier.onRevoked((event) => later.push(event.key));
  server.revoke(session('ses_2'));
  await until(() => later.length > 0);
  expect([told, later]).toEqual([['session ses_1', 'session ses_2'], ['ses_2']]);
});

test('after an interruption, what the snapshot has that was not known is told, and nothing twice', async () => {
  const { told, of, verifier } = startListening();
  await verifier.ready();
  server.revoke({ kind: 'subject', key: 'usr_1', min_version: 2 }, session('ses_1'));
  await until(() => told.length === 2);
  server.isDown = true;
  server.cut();
  server.revoke(session('ses_2'), { kind: 'subject', key: 'usr_1', min_version: 3 });
  server.log.epoch = 'epoch-2';
  of.freeze(10_000);
  server.isDown = false;
  await until(() => told.length >= 4);
  server.revoke(session('ses_3'));
  await until(() => told.length >= 5);
  expect(told).toEqual(['subject usr_1', 'session ses_1', 'session ses_2', 'subject usr_1', 'session ses_3']);
});

test('a listener that throws, or rejects, or ends itself, keeps nobody else from anything', async () => {
  const { verifier } = start();
  const told: string[] = [];
  verifier.onRevoked(() => {
    throw new Error('thrown');
  });
  verifier.onRevoked(() => Promise.reject(new Error('rejected')));
  const stop = verifier.onRevoked((event) => {
    told.push(`once ${event.key}`);
    stop();
  });
  verifier.onRevoked((event) => told.push(event.key));
  await verifier.ready();
  server.revoke(session('ses_1'), session('ses_2'));
  await until(() => told.length >= 3);
  expect(told).toEqual(['once ses_1', 'ses_1', 'ses_2']);
  await until(
    async () => (await refusalOf(verifier.verify(tokenOf(server, key, { sid: 'ses_2' })))) === 'token_revoked',
  );
});

test('whoever has left is told nothing, nor anybody of a verifier that was closed', async () => {
  const [left, closed, stays] = [startListening(), startListening(), startListening()];
  await Promise.all([left, closed, stays].map(({ verifier }) => verifier.ready()));
  left.stop();
  left.stop();
  await closed.verifier.close();
  server.revoke(session('ses_1'));
  await until(() => stays.told.length === 1);
  await until(() => left.verifier.status().events === 1);
  expect([left.told, closed.told]).toEqual([[], []]);
});

test('what an earlier process saved is told again, once', async () => {
  let saved: string | undefined;
  const snapshot = {
    load: () => Promise.resolve(saved),
    save: async (text: string) => {
      saved = text;
    },
  };
  const first = startListening({ snapshot });
  server.revoke(session('ses_1'));
  await until(() => first.told.length === 1);
  await first.verifier.close();
  server.revoke(session('ses_2'));
  const second = startListening({ snapshot });
  await until(() => second.told.length >= 2);
  server.revoke(session('ses_3'));
  await until(() => second.told.length >= 3);
  expect(second.told.toSorted()).toEqual(['session ses_1', 'session ses_2', 'session ses_3']);
});

test('a verifier without revocation refuses to listen', () => {
  const { verifier } = start({ client: undefined, revocation: 'none' } as never);
  expect(() => verifier.onRevoked(() => {})).toThrow(TypeError);
});
