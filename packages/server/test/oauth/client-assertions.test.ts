/** What JWTs that clients sign are refused for, as proof of who they are and as a grant. Named by the sections. */
import { createHmac, randomUUID } from 'node:crypto';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JWT_BEARER_GRANT } from '../../src/domain/clients/client.ts';
import { disableClient, enableClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { setClientKeys } from '../../src/operations/set-client-keys.ts';
import {
  clientAssertion,
  grantAssertion,
  keySet,
  newTestKey,
  secretKey,
  signAssertion,
  type AssertionOptions,
  type TestKey,
} from '../support/assertions.ts';
import { addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { addCodeClient, codeFor, exchange, tokensOf } from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';

const A = 'https://a.example';
const THRICE_REFUSED = ['401 invalid_client', '401 invalid_client', '401 invalid_client'];
const GRANT = { grant_type: 'client_credentials' };

type Fields = Readonly<Record<string, string>>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describeEachDatabase('JWTs that clients sign', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let other: TestServer;
  let key: TestKey;
  let strangersKey: TestKey;
  /** Proves who it is by its key, and may get tokens for it. */
  let job: TestClient;
  /** Has a secret, and a key for the grant alone. */
  let plain: TestClient;
  let stranger: TestClient;
  /** Signs with its secret. */
  let signing: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    other = await startClockedServer(clock, { databaseUrl: database.url });
    [key, strangersKey] = [await newTestKey('k'), await newTestKey('k')];
    const may = { scope: 'orders:read introspect', audiences: [A] };
    const grants = ['client_credentials', JWT_BEARER_GRANT];
    const { operations } = server;
    job = await addTestClient(operations, { ...may, grants, jwks: keySet(key) });
    plain = await addTestClient(operations, { grants, jwks: keySet(key), authMethod: 'client_secret_basic' });
    stranger = await addTestClient(operations, { ...may, grants, jwks: keySet(strangersKey) });
    signing = await addTestClient(operations, {
      ...may,
      grants: ['client_credentials'],
      authMethod: 'client_secret_jwt',
    });
  });
  afterAll(async () => {
    await server.close();
    await other.close();
  });

  const sign = (client: TestClient, by: TestKey, options?: AssertionOptions) =>
    signAssertion(by, { clientId: client.id, issuer: server.issuer, now: clock.now() }, options);
  const post = (path: string, fields: Fields, node = server) => node.request(path, { form: Object.entries(fields) });
  const answer = async (path: string, fields: Fields, node = server) => {
    const response = await post(path, fields, node);
    return response.status === 200 ? 200 : oauthErrorOf(response);
  };
  const authenticate = (jwt: string, more: Fields = {}) =>
    answer(ROUTES.token, { ...GRANT, ...clientAssertion(jwt), ...more });
  const ask = (jwt: string, more: Fields = {}) => answer(ROUTES.token, { ...grantAssertion(jwt), ...more });
  const lastRefusal = (): { readonly reason?: string; readonly clientId?: string } =>
    server.log.entries.findLast(({ level }) => level === 'warn')?.fields ?? {};
  const lastReason = () => lastRefusal().reason;
  /** At all endpoints; a fresh one for each, for each is used once. */
  const everywhere = async (make: () => Promise<string>, more: Fields = {}) => [
    await authenticate(await make(), more),
    await answer(ROUTES.introspect, { token: 'x', ...clientAssertion(await make()), ...more }),
    await answer(ROUTES.revoke, { token: 'x', ...clientAssertion(await make()), ...more }),
  ];

  test('RFC 7523 §2.2: say who sends the request, at every endpoint', async () => {
    expect(await everywhere(() => sign(job, key))).toEqual([200, 200, 200]);
    expect(await everywhere(() => sign(job, key), { client_id: job.id })).toEqual([200, 200, 200]);
    expect(await everywhere(() => sign(signing, secretKey(signing.secret)))).toEqual([200, 200, 200]);
  });

  test('RFC 7523 §2.1: give a token for the client itself', async () => {
    const response = await post(ROUTES.token, grantAssertion(await sign(job, key)));
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const body = (await response.json()) as { readonly access_token: string };
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'orders:read' });
    const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1]!, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ sub: job.id, client_id: job.id, aud: A, cv: 1 });
    expect(Object.keys(claims)).not.toContain('act');
    expect(await ask(await sign(job, key), { scope: 'introspect', resource: A })).toBe(200);
    expect(await ask(await sign(plain, key))).toBe(200);
  });

  test.each<[section: string, options: AssertionOptions]>([
    ['RFC 7523 §3 item 3, 7523bis: an array', { claims: { aud: ['http://localhost:4400'] } }],
    ['7523bis: two audiences', { claims: { aud: ['http://localhost:4400', A] } }],
    ['7523bis: the token endpoint', { claims: { aud: `http://localhost:4400${ROUTES.token}` } }],
    ['7523bis: the issuer with a slash', { claims: { aud: 'http://localhost:4400/' } }],
    ['7523bis: another issuer', { claims: { aud: A } }],
    ['RFC 7523 §3 item 3: no audience', { claims: { aud: undefined } }],
    ['RFC 7523 §3 item 1: no issuer', { claims: { iss: undefined } }],
    ['RFC 7523 §3 item 2: no subject', { claims: { sub: undefined } }],
    ['RFC 7523 §3 item 2: a user', { claims: { sub: `usr_${'0'.repeat(32)}` } }],
    ['RFC 7523 §3 item 4: no expiry', { claims: { exp: undefined } }],
    ['RFC 7523 §3 item 4: expired', { claims: { exp: 1, iat: undefined } }],
    ['RFC 7523 §3 item 4: good for too long', { claims: { exp: 4_000_000_000, iat: undefined } }],
    ['RFC 7523 §3 item 5: not yet', { claims: { nbf: 4_000_000_000 } }],
    ['RFC 7523 §3 item 6: signed in the future', { claims: { iat: 4_000_000_000 } }],
    ['RFC 7523 §3 item 7: no jti', { claims: { jti: undefined } }],
    ['RFC 7523 §3 item 7: a jti that is too long', { claims: { jti: 'x'.repeat(257) } }],
    ['RFC 8725 §3.11: an access token by its type', { header: { typ: 'at+jwt' } }],
    ['RFC 8725 §3.11: a logout token by its type', { header: { typ: 'logout+jwt' } }],
    ['RFC 8725 §3.11: a proof of possession by its type', { header: { typ: 'dpop+jwt' } }],
    ['RFC 8725 §3.1: a key of its own', { header: { jwk: { kty: 'EC' } } }],
    ['RFC 8725 §3.10: the address of keys', { header: { jku: 'https://evil.example/jwks' } }],
    ['RFC 7515 §4.1.6: a certificate', { header: { x5c: ['MII'] } }],
    ['RFC 7515 §4.1.4: an unknown key', { header: { kid: 'unknown' } }],
  ])('%s is refused', async (_section, options) => {
    expect(await everywhere(() => sign(job, key, options))).toEqual(THRICE_REFUSED);
    expect(await ask(await sign(job, key, options))).toBe('400 invalid_grant');
  });

  test('RFC 7515 §4.1.11: what must be understood is refused', async () => {
    const [header, ...rest] = (await sign(job, key)).split('.');
    const parsed = JSON.parse(Buffer.from(header!, 'base64url').toString()) as object;
    const jwt = [encode({ ...parsed, crit: ['exp'], exp: 1 }), ...rest].join('.');
    expect([await authenticate(jwt), lastReason()]).toEqual(['401 invalid_client', 'header_not_allowed']);
  });

  test.each<[alg: string, signature: (input: string) => string]>([
    ['none', () => ''],
    ['none', () => 'x'],
    ['HS256', (input) => createHmac('sha256', JSON.stringify(key.publicJwk)).update(input).digest('base64url')],
    ['HS256', (input) => createHmac('sha256', '').update(input).digest('base64url')],
    ['RS256', () => 'x'.repeat(342)],
    ['PS256', () => 'x'.repeat(342)],
    ['EdDSA', () => 'x'.repeat(86)],
    ['ES256', () => 'A'.repeat(86)],
    ['ES256', () => 'x'],
    ['ES384', () => 'x'.repeat(128)],
  ])('RFC 8725 §2.1: confusion by %s is refused: %#', async (alg, signature) => {
    const [, claims] = (await sign(job, key)).split('.');
    for (const kid of ['k', undefined]) {
      const input = `${encode({ alg, kid })}.${claims}`;
      const jwt = `${input}.${signature(input)}`;
      expect(await authenticate(jwt)).toBe('401 invalid_client');
      expect(await ask(jwt)).toBe('400 invalid_grant');
    }
  });

  test("RFC 7523 §3 item 9: another client's key signs nothing", async () => {
    for (const [client, by] of [
      [job, strangersKey],
      [stranger, key],
      [job, secretKey(signing.secret)],
      [signing, key],
      [signing, secretKey(' ')],
    ] as const) {
      expect(await everywhere(() => sign(client, by))).toEqual(THRICE_REFUSED);
      expect(await ask(await sign(client, by))).toBe('400 invalid_grant');
    }
  });

  test('RFC 7521 §4.2: two clients in one request are refused, and nothing is used up', async () => {
    const jwt = await sign(job, key);
    expect(await authenticate(jwt, { client_id: stranger.id })).toBe('401 invalid_client');
    expect(await authenticate(jwt)).toBe(200);
  });

  test('RFC 6749 §2.3: more than one method is refused', async () => {
    const jwt = await sign(job, key);
    expect(await authenticate(jwt, { client_secret: plain.secret })).toBe('400 invalid_request');
    const twice = await server.request(ROUTES.token, clientForm(plain, { ...GRANT, ...clientAssertion(jwt) }));
    expect(await oauthErrorOf(twice)).toBe('400 invalid_request');
    expect(await authenticate(jwt)).toBe(200);
  });

  test.each<[fields: Fields, error: string]>([
    [{ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }, '401 invalid_client'],
    [{ client_assertion_type: 'jwt-bearer' }, '401 invalid_client'],
    [{ client_assertion_type: '' }, '400 invalid_request'],
    [{ client_assertion: '' }, '400 invalid_request'],
    [{ client_assertion: 'x' }, '401 invalid_client'],
    [{ client_assertion: 'a.b.c' }, '401 invalid_client'],
    [{ client_assertion: 'x'.repeat(9000) }, '401 invalid_client'],
  ])('RFC 7521 §4.2: %.80j is refused', async (fields, error) => {
    expect(await authenticate(await sign(job, key), fields)).toBe(error);
  });

  test('RFC 7523 §2.1: a grant without its assertion is refused', async () => {
    expect(await answer(ROUTES.token, { grant_type: JWT_BEARER_GRANT })).toBe('400 invalid_request');
    expect(await answer(ROUTES.token, { grant_type: JWT_BEARER_GRANT, client_id: job.id })).toBe('400 invalid_request');
  });

  test('by a method that the client is not registered for are refused, and said to be', async () => {
    const response = await post(ROUTES.token, { ...GRANT, ...clientAssertion(await sign(plain, key)) });
    expect(await response.clone().json()).toMatchObject({
      error_description: expect.stringMatching(/client_secret_basic/) as string,
    });
    expect(await oauthErrorOf(response)).toBe('401 invalid_client');
    const bySecret = await server.request(ROUTES.token, clientForm(signing, GRANT));
    expect(await oauthErrorOf(bySecret)).toBe('401 invalid_client');
  });

  test('look the same from outside, whatever they are refused for', async () => {
    const used = await sign(job, key);
    await authenticate(used);
    const unknown = { ...job, id: `cli_${'0'.repeat(32)}` } as const;
    const jwts = [
      used,
      await sign(unknown, key),
      await sign(job, strangersKey),
      await sign(job, key, { claims: { aud: A } }),
    ];
    const answers = await Promise.all(
      jwts.map(async (jwt) => {
        const response = await post(ROUTES.token, { ...GRANT, ...clientAssertion(jwt) });
        return JSON.stringify([response.status, await response.text(), response.headers.get('WWW-Authenticate')]);
      }),
    );
    expect(new Set(answers).size).toBe(1);
  });

  test('are refused with the reason in the log, and never logged', async () => {
    const jwt = await sign(job, strangersKey);
    await authenticate(jwt);
    expect(lastRefusal()).toMatchObject({ clientId: job.id, reason: 'wrong_signature' });
    expect(server.log.text()).not.toContain(jwt.split('.')[2]);
  });

  describe('RFC 7523 §3 item 7: work once', () => {
    test.each(['client_credentials', JWT_BEARER_GRANT])('of 50 at once on two nodes, for %s', async (grant) => {
      const jwt = await sign(job, key);
      const fields = grant === JWT_BEARER_GRANT ? grantAssertion(jwt) : { ...GRANT, ...clientAssertion(jwt) };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => answer(ROUTES.token, fields, index % 2 === 0 ? server : other)),
      );
      expect(answers.filter((each) => each === 200)).toHaveLength(1);
      const error = grant === JWT_BEARER_GRANT ? '400 invalid_grant' : '401 invalid_client';
      expect(answers.filter((each) => each === error)).toHaveLength(49);
    });

    test('for whichever purpose', async () => {
      const [first, second] = [await sign(job, key), await sign(job, key)];
      expect([await authenticate(first), await ask(first)]).toEqual([200, '400 invalid_grant']);
      expect(lastReason()).toBe('replayed');
      expect([await ask(second), await authenticate(second)]).toEqual([200, '401 invalid_client']);
      const both = await sign(job, key);
      expect(await ask(both, clientAssertion(both))).toBe('400 invalid_grant');
    });

    test('at whichever endpoint, and whatever came of it', async () => {
      const jwt = await sign(job, key);
      expect(await authenticate(jwt, { scope: 'admin' })).toBe('400 invalid_scope');
      expect(await answer(ROUTES.revoke, { token: 'x', ...clientAssertion(jwt) })).toBe('401 invalid_client');
      expect(await answer(ROUTES.introspect, { token: 'x', ...clientAssertion(jwt) }, other)).toBe(
        '401 invalid_client',
      );
    });

    test('by their jti, which is the one client’s own', async () => {
      const jti = randomUUID();
      expect(await authenticate(await sign(job, key, { claims: { jti } }))).toBe(200);
      expect(await authenticate(await sign(job, key, { claims: { jti, exp: clock.now() / 1000 + 90 } }))).toBe(
        '401 invalid_client',
      );
      expect(await authenticate(await sign(stranger, strangersKey, { claims: { jti } }))).toBe(200);
    });

    test('and nobody else uses them up', async () => {
      const jti = randomUUID();
      await authenticate(await sign(job, strangersKey, { claims: { jti } }));
      await authenticate(await sign(job, key, { claims: { jti, aud: A } }));
      expect(await authenticate(await sign(job, key, { claims: { jti } }))).toBe(200);
    });
  });

  describe('as a grant', () => {
    test('RFC 7521 §4.1: need no other proof; one that is there must be right, and of the same client', async () => {
      expect(await ask(await sign(plain, key), { client_id: plain.id })).toBe(200);
      expect(await ask(await sign(plain, key), { client_id: job.id })).toBe('400 invalid_grant');
      const withSecret = async (client: TestClient, jwt: string) => {
        const response = await server.request(ROUTES.token, clientForm(client, grantAssertion(jwt)));
        return response.status === 200 ? 200 : oauthErrorOf(response);
      };
      expect(await withSecret(plain, await sign(plain, key))).toBe(200);
      expect(await withSecret(plain, await sign(job, key))).toBe('400 invalid_grant');
      expect(await withSecret({ ...plain, basic: signing.basic }, await sign(plain, key))).toBe('401 invalid_client');
      const proof = await sign(stranger, strangersKey);
      expect(await ask(await sign(job, key), clientAssertion(proof))).toBe('400 invalid_grant');
      expect(await ask(await sign(job, key), clientAssertion(await sign(job, key)))).toBe(200);
    });

    test('are for clients that may use it, and for what they may have', async () => {
      const without = await addTestClient(server.operations, { grants: ['client_credentials'], jwks: keySet(key) });
      expect(await ask(await sign(without, key))).toBe('400 unauthorized_client');
      expect(await ask(await sign(job, key), { scope: 'orders:write' })).toBe('400 invalid_scope');
      expect(await ask(await sign(job, key), { resource: 'https://b.example' })).toBe('400 invalid_target');
    });

    test('are not signed with a secret, which this server knows', async () => {
      expect(await ask(await sign(signing, secretKey(signing.secret)))).toBe('400 invalid_grant');
      expect(lastReason()).toBe('wrong_algorithm');
    });
  });

  test('RFC 8725 §3.11, §3.12: tokens of this server are nothing that a client signed', async () => {
    const browser = await server.signedIn('ada@example.com');
    const shop = await addCodeClient(server, { jwks: keySet(key), authMethod: 'client_secret_basic' });
    const tokens = await tokensOf(exchange(server, shop, await codeFor(browser, shop)));
    for (const jwt of [tokens.access_token, tokens.id_token!]) {
      expect(await authenticate(jwt)).toBe('401 invalid_client');
      expect(await ask(jwt)).toBe('400 invalid_grant');
    }
  });

  test('of a client that is disabled are refused, and not used up', async () => {
    const client = await addTestClient(server.operations, { grants: ['client_credentials'], jwks: keySet(key) });
    const jwt = await sign(client, key);
    await disableClient(server.operations, client.id, 'test');
    expect([await authenticate(jwt), lastReason()]).toEqual(['401 invalid_client', 'disabled']);
    await enableClient(server.operations, client.id, 'test');
    expect(await authenticate(jwt)).toBe(200);
  });

  test('by a key that was replaced are refused at once, and its tokens are void', async () => {
    const next = await newTestKey('next', 'Ed25519');
    const client = await addTestClient(server.operations, { grants: ['client_credentials'], jwks: keySet(key) });
    const response = await post(ROUTES.token, { ...GRANT, ...clientAssertion(await sign(client, key)) });
    const { access_token: token } = (await response.json()) as { readonly access_token: string };
    const isActive = async () => {
      const asked = await post(ROUTES.introspect, {
        token,
        ...clientAssertion(await sign(signing, secretKey(signing.secret))),
      });
      return ((await asked.json()) as { readonly active: boolean }).active;
    };
    const set = await setClientKeys(server.operations, client.id, { jwks: keySet(next) }, 'test');
    expect(set).toMatchObject({ kind: 'set', client: { version: 2 }, keys: [{ kid: 'next' }] });
    expect(await isActive()).toBe(false);
    expect(await everywhere(() => sign(client, key))).toEqual(THRICE_REFUSED);
    expect(await authenticate(await sign(client, next))).toBe(200);
    expect(
      (await server.auditEvents(50)).some(
        ({ type, target }) => type === 'client.keys_replaced' && target === client.id,
      ),
    ).toBe(true);
  });

  test('RFC 7517 §4.5: while one key replaces another, both sign, by name or without one', async () => {
    const next = await newTestKey('next');
    const client = await addTestClient(server.operations, { grants: ['client_credentials'], jwks: keySet(key, next) });
    for (const by of [key, next]) {
      expect(await authenticate(await sign(client, by))).toBe(200);
      expect(await authenticate(await sign(client, { ...by, kid: '' }))).toBe(200);
    }
    expect(await authenticate(await sign(client, { ...strangersKey, kid: '' }))).toBe('401 invalid_client');
  });

  test.each(['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'])('RFC 7518 §3.1: are signed by %s', async (alg) => {
    const by = await newTestKey('x', alg);
    const client = await addTestClient(server.operations, { grants: ['client_credentials'], jwks: keySet(by) });
    expect(await authenticate(await sign(client, by))).toBe(200);
  });

  test('by a secret follow its rotation', async () => {
    const client = await addTestClient(server.operations, {
      grants: ['client_credentials'],
      authMethod: 'client_secret_jwt',
    });
    const rotate = async (seconds: number) => {
      const result = await rotateClientSecret(server.operations, client.id, seconds, 'test');
      if (result.kind !== 'rotated') throw new Error(result.kind);
      return secretKey(result.secret.reveal());
    };
    const first = secretKey(client.secret);
    const second = await rotate(60);
    expect([await authenticate(await sign(client, first)), await authenticate(await sign(client, second))]).toEqual([
      200, 200,
    ]);
    clock.advance(60_000);
    expect(await authenticate(await sign(client, first))).toBe('401 invalid_client');
    const third = await rotate(0);
    expect(await authenticate(await sign(client, second))).toBe('401 invalid_client');
    expect(await authenticate(await sign(client, third))).toBe(200);
  });

  test('are the only reason to keep a secret, encrypted; nothing else of it is in the database', async () => {
    const rows = await server.operations.store.queries.selectFrom('client_secrets').selectAll().execute();
    const sealed = rows.filter(({ secret_sealed: bytes }) => bytes !== null).map((row) => row.client_id);
    expect(sealed).toContain(signing.id);
    expect(sealed).not.toContain(plain.id);
    expect(rows.map((row) => row.client_id)).not.toContain(job.id);
    const bytes = Buffer.concat(rows.map(({ secret_sealed: sealedBytes }) => Buffer.from(sealedBytes ?? [])));
    expect(bytes.includes(signing.secret.slice(4, 30))).toBe(false);
  });
});
