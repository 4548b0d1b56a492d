import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENT, FeedServer, TestVerifier, tokenOf, until } from '../../test/support/feed-server.ts';
import {
  AUDIENCE,
  base64url,
  makeKey,
  NOW,
  refusalOf,
  signTexts,
  TestIssuer,
  type TestKey,
} from '../../test/support/issuer.ts';
import type { RevocationPolicy, VerifierOptions } from '../index.ts';
import { createVerifier as createWebVerifier } from '../web.ts';

const JOB = `cli_${'0'.repeat(31)}1`;
const OTHER = `cli_${'0'.repeat(31)}2`;
/** Longer than the log remembers anything. */
const SUSPENDED_MS = 2_400_000;
const ELSEWHERE = 'https://other.example';

let issuerKey: TestKey;
let jobKey: TestKey;
let nextKey: TestKey;
let rsaKey: TestKey;
let otherKey: TestKey;
let server: FeedServer;
let verifiers: AsyncDisposableStack;

beforeAll(async () => {
  [issuerKey, jobKey, nextKey, rsaKey, otherKey] = await Promise.all([
    makeKey('EdDSA', 'key-1'),
    makeKey('ES256', 'own'),
    makeKey('ES256', 'next'),
    makeKey('RS256', 'rsa'),
    // Of another client, and of the same name.
    makeKey('ES256', 'own'),
  ]);
});
beforeEach(async () => {
  server = await FeedServer.start(issuerKey);
  verifiers = new AsyncDisposableStack();
  tell(job(), { client_id: OTHER, version: 1, audience: [AUDIENCE], keys: [otherKey.publicJwk] });
});
afterEach(async () => {
  await verifiers.disposeAsync();
  await server[Symbol.asyncDispose]();
});

const job = (changed: object = {}) => ({
  client_id: JOB,
  version: 3,
  scope: 'orders:read orders:write',
  audience: [AUDIENCE, ELSEWHERE],
  keys: [jobKey.publicJwk, rsaKey.publicJwk],
  ...changed,
});

function tell(...clients: readonly unknown[]): void {
  server.clientKeys = { epoch: 'e', seq: 0, clients };
}

async function start(options: Partial<VerifierOptions> = {}): Promise<TestVerifier> {
  const started = verifiers.use(new TestVerifier(server, { clientTokens: true, ...options }));
  await started.verifier.ready();
  return started;
}

let count = 0;
/** A JWT by which the client shows itself, good but for what is given. */
function shown(claims: object = {}, { key = jobKey, header = {} }: { key?: TestKey; header?: object } = {}): string {
  count += 1;
  return signTexts(
    key,
    JSON.stringify({ alg: key.alg, typ: 'client+jwt', kid: key.kid, ...header }),
    JSON.stringify({ iss: JOB, sub: JOB, aud: AUDIENCE, iat: NOW, exp: NOW + 300, jti: `own-${count}`, ...claims }),
  );
}

const verdict = ({ verifier }: TestVerifier, token: string, policy?: RevocationPolicy) =>
  refusalOf(verifier.verify(token, policy));
const keyRequests = () => server.requests.filter((request) => request === 'GET /client-keys').length;

describe('a client that shows itself', () => {
  test('is known by its id, and may what the issuer says', async () => {
    const { verifier } = await start();
    const token = shown({ scope: 'admin', roles: ['administrator'], client_id: OTHER, sid: 'ses_1', sub: JOB });
    const verified = await verifier.verify(token);
    expect(verified).toMatchObject({
      kind: 'client',
      subject: JOB,
      clientId: JOB,
      scopes: ['orders:read', 'orders:write'],
      roles: [],
      sessionId: undefined,
      expiresAtMs: (NOW + 300) * 1000,
    });
    expect(Object.isFrozen(verified)).toBe(true);
    expect(await verifier.verify(token)).toBe(verified);
    const issued = await verifier.verify(tokenOf(server, issuerKey));
    expect(issued.kind).toBe('access_token');
  });

  test('with each algorithm that its keys have, on Node and on Web Crypto', async () => {
    const { verifier } = await start();
    expect((await verifier.verify(shown({}, { key: rsaKey }))).clientId).toBe(JOB);
    const settings = { issuer: server.origin, audience: AUDIENCE, client: CLIENT, clientTokens: true };
    const web = createWebVerifier({ ...settings, now: () => NOW * 1000 });
    await web.ready();
    expect((await web.verify(shown())).kind).toBe('client');
    expect(await refusalOf(web.verify(shown({}, { key: otherKey })))).toBe('signature_invalid');
    await web.close();
  });

  test('nowhere unless that is switched on', async () => {
    expect(await verdict(await start({ clientTokens: false }), shown())).toBe('token_type');
    expect(keyRequests()).toBe(0);
    const without = new TestIssuer(issuerKey);
    expect(() => without.createVerifier({ clientTokens: true })).toThrow(TypeError);
    expect(() => without.createVerifier({ clientTokens: 'yes' as never })).toThrow(TypeError);
  });
});

describe('is refused', () => {
  test.each<[name: string, claims: object, refused: string]>([
    ['as a user', { sub: 'usr_1' }, 'claim_invalid'],
    ['as another client', { sub: OTHER }, 'claim_invalid'],
    ['by the key of another of the same name', { iss: OTHER, sub: OTHER }, 'signature_invalid'],
    ['as nobody', { iss: undefined }, 'key_unknown'],
    ['as the issuer', { iss: 'https://auth.example.com' }, 'key_unknown'],
    ['as a client that is not known', { iss: `cli_${'f'.repeat(32)}`, sub: `cli_${'f'.repeat(32)}` }, 'key_unknown'],
    ['as several', { iss: [JOB] }, 'key_unknown'],
    ['as an inherited member', { iss: 'constructor' }, 'key_unknown'],
    ['without a subject', { sub: undefined }, 'claim_missing'],
    ['for a list of one', { aud: [AUDIENCE] }, 'claim_invalid'],
    ['for several', { aud: [AUDIENCE, ELSEWHERE] }, 'claim_invalid'],
    ['for another resource server', { aud: ELSEWHERE }, 'audience_mismatch'],
    ['for an address that begins like ours', { aud: `${AUDIENCE}/` }, 'audience_mismatch'],
    ['for nobody', { aud: undefined }, 'claim_missing'],
    ['for a longer time than five minutes', { exp: NOW + 301 }, 'claim_invalid'],
    ['for a longer time, said to begin before', { iat: NOW - 1 }, 'claim_invalid'],
    ['for no time', { exp: NOW, iat: NOW }, 'claim_invalid'],
    ['for ever', { exp: undefined }, 'claim_missing'],
    ['for a time in text', { exp: `${NOW + 60}` }, 'claim_invalid'],
    ['since nobody knows when', { iat: undefined }, 'claim_missing'],
    ['after its end', { iat: NOW - 300, exp: NOW }, 'token_expired'],
    ['before its beginning', { iat: NOW + 31, exp: NOW + 90 }, 'token_not_yet_valid'],
    ['before it is to begin', { nbf: NOW + 31 }, 'token_not_yet_valid'],
    ['without an id', { jti: undefined }, 'claim_missing'],
    ['bound to a key, which nobody would check', { cnf: { jkt: 'x'.repeat(43) } }, 'claim_invalid'],
  ])('%s', async (_name, claims, refused) => {
    const of = await start({ now: () => NOW * 1000, keyRefetchCooldownSeconds: 3600 });
    expect(await verdict(of, shown(claims))).toBe(refused);
  });

  test.each<[name: string, header: object, refused: string]>([
    ['as a token of the issuer', { typ: 'at+jwt' }, 'key_unknown'],
    ['by a client assertion (RFC 7523)', { typ: 'JWT' }, 'token_type'],
    ['by a client assertion that says so', { typ: 'client-authentication+jwt' }, 'token_type'],
    ['by a DPoP proof', { typ: 'dpop+jwt' }, 'token_type'],
    ['by no type', { typ: undefined }, 'token_type'],
    ['by a key that is not known', { kid: 'another' }, 'key_unknown'],
    ['by the name that it has in memory', { kid: `${JOB} own` }, 'key_unknown'],
    ['by no key', { kid: undefined }, 'key_unknown'],
    ['by a key that it brings along', { jwk: {} }, 'embedded_key'],
    ['by another algorithm than the key has', { alg: 'RS256' }, 'algorithm_not_allowed'],
    ['by HMAC', { alg: 'HS256' }, 'algorithm_not_allowed'],
    ['by none', { alg: 'none' }, 'algorithm_not_allowed'],
    ['by one that is not allowed here', { alg: 'PS256' }, 'algorithm_not_allowed'],
    ['by an extension', { crit: ['x'], x: 1 }, 'critical_header'],
  ])('%s', async (_name, header, refused) => {
    expect(await verdict(await start({ keyRefetchCooldownSeconds: 3600 }), shown({}, { header }))).toBe(refused);
  });

  test('by what is signed with the published key as a secret (RFC 8725 §2.1)', async () => {
    const of = await start();
    const [header, payload] = [
      { alg: 'ES256', typ: 'client+jwt', kid: 'own' },
      { iss: JOB, sub: JOB, aud: AUDIENCE },
    ];
    const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify({ ...payload, exp: NOW + 60, iat: NOW, jti: 'x' }))}`;
    const mac = createHmac('sha256', JSON.stringify(jobKey.publicJwk)).update(input).digest();
    expect(await verdict(of, `${input}.${base64url(mac)}`)).toBe('signature_invalid');
  });

  test('by the issuer’s own key, and the issuer’s tokens by a client’s', async () => {
    const of = await start({ keyRefetchCooldownSeconds: 3600 });
    expect(await verdict(of, shown({}, { key: issuerKey }))).toBe('key_unknown');
    expect(await verdict(of, shown({}, { key: issuerKey, header: { kid: 'own', alg: 'ES256' } }))).toBe(
      'signature_invalid',
    );
    expect(await verdict(of, tokenOf(server, jobKey))).toBe('key_unknown');
    expect(await verdict(of, tokenOf(server, jobKey, { client_id: JOB, sub: JOB }))).toBe('key_unknown');
  });

  test('where it may go elsewhere alone, whatever it says', async () => {
    tell(job({ audience: [ELSEWHERE] }));
    expect(await verdict(await start(), shown())).toBe('audience_mismatch');
  });

  test('where each token must be bound to a key', async () => {
    expect(await verdict(await start({ dpop: { required: true } }), shown())).toBe('dpop_proof_missing');
  });
});

describe('what was taken back is refused as soon as the feed tells', () => {
  const event = (minVersion: number) => server.revoke({ kind: 'client', key: JOB, min_version: minVersion });

  test('a key, also for what was accepted before', async () => {
    const of = await start({ keyRefetchCooldownSeconds: 3600 });
    const [old, fine] = [shown(), shown({}, { key: rsaKey })];
    expect([await verdict(of, old), await verdict(of, fine)]).toEqual(['accepted', 'accepted']);
    tell(job({ version: 4, keys: [rsaKey.publicJwk, nextKey.publicJwk] }));
    event(4);
    await until(async () => (await verdict(of, old)) !== 'accepted');
    // The others of the client are good again once the newer document has come, and the new one is.
    await until(async () => (await verdict(of, fine)) === 'accepted');
    expect(await verdict(of, old)).toBe('key_unknown');
    expect(await verdict(of, shown())).toBe('key_unknown');
    expect(await verdict(of, shown({}, { key: nextKey }))).toBe('accepted');
  });

  test('all keys, as long as only an older document can be had', async () => {
    const of = await start();
    expect(await verdict(of, shown())).toBe('accepted');
    event(4);
    await until(async () => (await verdict(of, shown())) !== 'accepted');
    await until(() => keyRequests() === 2);
    expect(await verdict(of, shown())).toBe('key_unknown');
    of.freeze(11_000);
    await until(() => of.verifier.status().stalenessMs < 1000);
    expect(await verdict(of, shown())).toBe('key_unknown');
    expect(keyRequests()).toBe(3);
  });

  test('a client that was disabled, until it is enabled again', async () => {
    const of = await start({ keyRefetchCooldownSeconds: 1 });
    const token = shown();
    expect(await verdict(of, token)).toBe('accepted');
    tell();
    event(4);
    await until(async () => (await verdict(of, token)) !== 'accepted');
    tell(job({ version: 4 }));
    of.freeze(2000);
    await until(async () => (await verdict(of, token)) === 'accepted');
  });

  test('also a key whose end the log forgot while the machine was suspended', async () => {
    const of = await start({ keyRefetchCooldownSeconds: 3600 });
    expect(await verdict(of, shown())).toBe('accepted');
    server.isDown = true;
    server.cut();
    tell(job({ version: 4, keys: [rsaKey.publicJwk] }));
    event(4);
    server.clockMs += SUSPENDED_MS;
    server.log.purge(server.log.nowMs + SUSPENDED_MS);
    of.suspend(SUSPENDED_MS);
    server.isDown = false;
    await until(() => of.verifier.status().stalenessMs < 1000);
    const late = { iat: NOW + SUSPENDED_MS / 1000, exp: NOW + SUSPENDED_MS / 1000 + 300 };
    expect(await verdict(of, shown(late))).toBe('key_unknown');
    expect(await verdict(of, shown(late, { key: rsaKey }))).toBe('accepted');
  });

  test('not by an event of another client, or of a version that is known', async () => {
    const of = await start();
    expect(await verdict(of, shown())).toBe('accepted');
    server.revoke({ kind: 'client', key: OTHER, min_version: 2 }, { kind: 'client', key: JOB, min_version: 3 });
    await until(() => keyRequests() === 2);
    expect(await verdict(of, shown())).toBe('accepted');
    expect(await verdict(of, shown({ iss: OTHER, sub: OTHER }, { key: otherKey }))).toBe('key_unknown');
  });
});

describe('while the issuer is not to be reached', () => {
  test.each<[policy: RevocationPolicy | undefined, verdict: string]>([
    [undefined, 'revocation_unknown'],
    [{ whenStale: 'introspect' }, 'revocation_unknown'],
    [{ whenStale: 'closed' }, 'revocation_unknown'],
    [{ whenStale: 'open' }, 'accepted'],
    [{ check: 'introspect' }, 'token_type'],
  ])('with %j: %s', async (policy, expected) => {
    const of = await start();
    const token = shown();
    expect(await verdict(of, token)).toBe('accepted');
    server.isDown = true;
    server.cut();
    of.freeze(6000);
    expect(await verdict(of, token, policy)).toBe(expected);
    // For six minutes at most, whatever the policy.
    of.freeze(360_000);
    expect(await verdict(of, shown({ iat: NOW + 300, exp: NOW + 600 }), { whenStale: 'open' })).toBe(
      'keys_unavailable',
    );
  });

  test('a route that asks about each token takes no other', async () => {
    const of = await start();
    expect(await verdict(of, shown(), { check: 'introspect' })).toBe('token_type');
    expect(server.requests).not.toContain('POST /oauth/introspect');
  });
});

describe('what the issuer tells of clients', () => {
  test('is asked for once, however many come, and again in the background after a minute', async () => {
    const of = await start();
    await Promise.all(Array.from({ length: 20 }, () => verdict(of, shown())));
    expect(keyRequests()).toBe(1);
    tell(job({ scope: 'orders:read' }));
    of.freeze(61_000);
    await until(() => of.verifier.status().stalenessMs < 1000);
    const late = () => shown({ iat: NOW + 60, exp: NOW + 360 });
    expect(await verdict(of, late())).toBe('accepted');
    await until(() => keyRequests() === 2);
    await until(async () => (await of.verifier.verify(late())).scopes.length === 1);
  });

  test('is asked for where a key is new, and not again for each that is unknown', async () => {
    const of = await start();
    expect(await verdict(of, shown())).toBe('accepted');
    tell(job({ keys: [nextKey.publicJwk] }));
    expect(await verdict(of, shown({}, { key: nextKey }))).toBe('key_unknown');
    of.freeze(10_001);
    await until(() => of.verifier.status().stalenessMs < 1000);
    expect(await verdict(of, shown({}, { key: nextKey }))).toBe('accepted');
    for (let i = 0; i < 20; i += 1) {
      expect(await verdict(of, shown({}, { header: { kid: `unknown-${i}` } }))).toBe('key_unknown');
    }
    expect(keyRequests()).toBe(2);
  });

  test.each<[name: string, document: () => unknown, expected: string]>([
    ['is no list', () => ({ clients: {} }), 'keys_unavailable'],
    ['is none', () => [], 'keys_unavailable'],
    ['has a client twice', () => ({ clients: [job(), job()] }), 'keys_unavailable'],
    ['is without end', () => ({ clients: [job()], more: 'x'.repeat(8 * 1024 * 1024) }), 'keys_unavailable'],
    ['has a user for a client', () => ({ clients: [job({ client_id: 'usr_1' })] }), 'key_unknown'],
    ['has no version', () => ({ clients: [job({ version: undefined })] }), 'key_unknown'],
    ['has a version in text', () => ({ clients: [job({ version: '3' })] }), 'key_unknown'],
    ['has scopes in a list', () => ({ clients: [job({ scope: ['a'] })] }), 'key_unknown'],
    ['has an audience in text', () => ({ clients: [job({ audience: AUDIENCE })] }), 'key_unknown'],
    ['has no keys', () => ({ clients: [job({ keys: undefined })] }), 'key_unknown'],
    ['has a private key', () => ({ clients: [job({ keys: [{ ...jobKey.publicJwk, d: 'x' }] })] }), 'key_unknown'],
    [
      'has a secret',
      () => ({ clients: [job({ keys: [{ kty: 'oct', k: 'x', kid: 'own', alg: 'HS256' }] })] }),
      'key_unknown',
    ],
    [
      'has two keys of a name',
      () => ({ clients: [job({ keys: [jobKey.publicJwk, otherKey.publicJwk] })] }),
      'key_unknown',
    ],
    ['has what is not known beside it', () => ({ clients: [null, 1, [], job()], more: 1 }), 'accepted'],
  ])('and %s', async (_name, document, expected) => {
    server.clientKeys = document();
    expect(await verdict(await start(), shown())).toBe(expected);
  });
});
