/** Tokens that are bound to a key. Named by the sections of RFC 9449; the rules of proofs have their table at the verifier. */
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RATE_LIMITS } from '../../src/domain/rate-limits/rate-limits.ts';
import { addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  answerOf,
  authorizePath,
  claimsIn,
  codeFor,
  REDIRECT_URI,
  tokensOf,
  VERIFIER,
} from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { askWithProof, makeProofKey, proofFor, tokenHash, type ProofKey } from '../support/proofs.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const CLIENT_CREDENTIALS = { grant_type: 'client_credentials' };

describeEachDatabase('RFC 9449', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  /** Another node, on the same database. */
  let other: TestServer;
  let browser: TestBrowser;
  /** Public, with refresh tokens. */
  let app: TestClient;
  /** Confidential, with refresh tokens. */
  let shop: TestClient;
  let service: TestClient;
  let strict: TestClient;
  let resourceServer: TestClient;
  let key: ProofKey;
  let otherKey: ProofKey;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    other = await startClockedServer(clock, { databaseUrl: database.url });
    browser = await server.signedIn('ada@example.com');
    app = await addCodeClient(server, { isPublic: true });
    shop = await addCodeClient(server);
    service = await addTestClient(server.operations, { grants: ['client_credentials'] });
    strict = await addTestClient(server.operations, { grants: ['client_credentials'], isDpopBound: true });
    resourceServer = await addTestClient(server.operations, { scope: 'introspect' });
    [key, otherKey] = await Promise.all([makeProofKey(), makeProofKey('Ed25519')]);
  });
  afterAll(() => Promise.all([server.close(), other.close()]));

  const nonceOf = async (node = server) => {
    const answer = await askWithProof(node, service, CLIENT_CREDENTIALS, await proofFor(server, key));
    return answer.headers.get('DPoP-Nonce') ?? '';
  };
  const withNonce = async (by: ProofKey, claims = {}) => proofFor(server, by, { nonce: await nonceOf(), ...claims });
  const codeFields = (code: string) => ({
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  });
  const exchange = async (client: TestClient, code: string, proof: string | undefined) =>
    askWithProof(server, client, codeFields(code), proof);
  const refresh = async (client: TestClient, token: string, proof: string | undefined) =>
    askWithProof(server, client, { grant_type: 'refresh_token', refresh_token: token }, proof);
  const boundGrant = async (client: TestClient) =>
    tokensOf(exchange(client, await codeFor(browser, client), await withNonce(key)));
  const keyOf = (token: string) => (claimsIn(token)['cnf'] as { jkt: string } | undefined)?.jkt;

  describe('§5: the token endpoint', () => {
    test('binds the token to the key, says so, and gives a nonce', async () => {
      const answer = await askWithProof(server, service, CLIENT_CREDENTIALS, await proofFor(server, key));
      expect(answer.headers.get('DPoP-Nonce')).toMatch(/^[\w-]{43}$/);
      const body = (await answer.json()) as { access_token: string; token_type: string };
      expect(body.token_type).toBe('DPoP');
      expect(keyOf(body.access_token)).toBe(key.thumbprint);
      const asked = await server.request(ROUTES.introspect, clientForm(resourceServer, { token: body.access_token }));
      // §6.2.
      expect(await asked.json()).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } });
    });

    test('without a proof it is as ever', async () => {
      const answer = await askWithProof(server, service, CLIENT_CREDENTIALS, undefined);
      expect(answer.headers.get('DPoP-Nonce')).toBeNull();
      const body = (await answer.json()) as { access_token: string; token_type: string };
      expect([body.token_type, keyOf(body.access_token)]).toEqual(['Bearer', undefined]);
    });

    test.each<[string, object, object]>([
      ['another method', { htm: 'GET' }, {}],
      ['another endpoint', { htu: 'http://localhost:4400/oauth/userinfo' }, {}],
      ['another server', { htu: 'https://evil.example/oauth/token' }, {}],
      ['no URL', { htu: undefined }, {}],
      ['no id', { jti: undefined }, {}],
      ['a time long ago', { iat: 1 }, {}],
      ['a time to come', { iat: 4_000_000_000 }, {}],
      ['another type', {}, { typ: 'JWT' }],
      ['no key', {}, { jwk: undefined }],
      ['a secret for a key', {}, { jwk: { kty: 'oct', k: 'AAAA' } }],
    ])('§4.3: refuses a proof with %s, and it is not used up', async (_what, claims, header) => {
      const used = (await server.tableCounts())['used_token_ids'];
      const answer = await askWithProof(
        server,
        service,
        CLIENT_CREDENTIALS,
        await proofFor(server, key, claims, header),
      );
      expect(await oauthErrorOf(answer)).toBe('400 invalid_dpop_proof');
      expect(answer.headers.get('DPoP-Nonce')).toMatch(/^[\w-]{43}$/);
      expect((await server.tableCounts())['used_token_ids']).toBe(used);
    });

    test('§4.3: refuses two proofs, an empty one, and a private key that somebody published', async () => {
      const proof = await proofFor(server, key);
      const published = await proofFor(server, key, {}, { jwk: { ...key.jwk, d: key.jwk.x } });
      for (const header of [`${proof}, ${await proofFor(server, key)}`, '', published]) {
        const answer = await askWithProof(server, service, CLIENT_CREDENTIALS, header);
        expect(await oauthErrorOf(answer)).toBe('400 invalid_dpop_proof');
      }
      expect((await askWithProof(server, service, CLIENT_CREDENTIALS, proof)).status).toBe(200);
    });

    test('§4.3: whatever the Host header says, a proof is for the issuer', async () => {
      const htu = 'https://evil.example/oauth/token';
      const body = new URLSearchParams(CLIENT_CREDENTIALS);
      const headers = {
        Authorization: service.basic,
        DPoP: await proofFor(server, key, { htu }),
        Host: 'evil.example',
      };
      const answer = await server.fetch(new Request(htu, { method: 'POST', body, headers }));
      expect(await oauthErrorOf(answer)).toBe('400 invalid_dpop_proof');
    });

    test('§11.1: of 50 requests with one proof at once, on two nodes, one gets a token', async () => {
      const proof = await proofFor(server, key);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          askWithProof(at % 2 === 0 ? server : other, service, CLIENT_CREDENTIALS, proof),
        ),
      );
      const outcomes = await Promise.all(
        answers.map(async (answer) => (answer.status === 200 ? 'issued' : oauthErrorOf(answer))),
      );
      expect(outcomes.filter((outcome) => outcome === 'issued')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['issued', '400 invalid_dpop_proof']));
      // The same id by another key is another proof.
      const { jti } = claimsIn(proof) as { jti: string };
      const others = await proofFor(server, otherKey, { jti });
      expect((await askWithProof(server, service, CLIENT_CREDENTIALS, others)).status).toBe(200);
    });

    test('§5.2: a client whose tokens must be bound gets none without a proof', async () => {
      const answer = await askWithProof(server, strict, CLIENT_CREDENTIALS, undefined);
      expect(await oauthErrorOf(answer)).toBe('400 invalid_dpop_proof');
      const proof = await proofFor(server, key);
      expect((await askWithProof(server, strict, CLIENT_CREDENTIALS, proof)).status).toBe(200);
    });

    test('§5.1: says which algorithms a proof may have', async () => {
      const metadata = (await (await server.request(ROUTES.openidConfiguration)).json()) as object;
      expect(metadata).toMatchObject({
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'],
      });
    });

    test('a page may send a proof, and read the nonce', async () => {
      for (const path of [ROUTES.token, ROUTES.userinfo, ROUTES.par]) {
        const headers = { Origin: 'https://app.example', 'Access-Control-Request-Headers': 'dpop' };
        const preflight = await server.request(path, { method: 'OPTIONS', headers });
        expect(preflight.status).toBe(204);
        expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*');
        expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe('Authorization, Content-Type, DPoP');
      }
      const answer = await askWithProof(server, service, CLIENT_CREDENTIALS, 'x');
      expect(answer.headers.get('Access-Control-Expose-Headers')).toBe('DPoP-Nonce, WWW-Authenticate');
    });
  });

  describe('§8: nonces', () => {
    test('a public client is asked for one, and nothing is used up before', async () => {
      const code = await codeFor(browser, app);
      const refused = await exchange(app, code, await proofFor(server, key));
      expect(await oauthErrorOf(refused)).toBe('400 use_dpop_nonce');
      const nonce = refused.headers.get('DPoP-Nonce')!;
      const tokens = await tokensOf(exchange(app, code, await proofFor(server, key, { nonce })));
      expect(keyOf(tokens.access_token)).toBe(key.thumbprint);
    });

    test('one is good on every node, whatever clock the client has, for at least two minutes and no more than five', async () => {
      const nonce = await nonceOf(other);
      const ask = async (client = service) =>
        askWithProof(server, client, CLIENT_CREDENTIALS, await proofFor(server, key, { nonce, iat: 1 }));
      expect((await ask()).status).toBe(200);
      clock.advance(120_000);
      expect((await ask()).status).toBe(200);
      clock.advance(180_000);
      // Confidential clients need none, but one that is there must be good.
      expect(await oauthErrorOf(await ask())).toBe('400 use_dpop_nonce');
    });

    test('who calls itself a public client writes no rows without end: proofs in vain are counted', async () => {
      const network = '192.0.2.77';
      const rows = async () => (await server.tableCounts())['used_token_ids'];
      const nonce = await nonceOf();
      const send = async (fields: Readonly<Record<string, string>>) => {
        const proof = await proofFor(server, key, { nonce });
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded', DPoP: proof };
        const body = new URLSearchParams({ client_id: app.id, ...fields });
        const request = new Request(server.issuer + ROUTES.token, { method: 'POST', headers, body });
        return server.fetch(request, { incoming: { socket: { remoteAddress: network } } } as never);
      };
      const { attempts } = RATE_LIMITS.proofByNetwork;
      for (let count = 1; count < attempts; count += 1)
        await server.operations.attempts.take('proofByNetwork', network);
      const { refresh_token: token = '' } = await boundGrant(app);
      // What comes to something does not count.
      for (let count = 0; count < 2; count += 1) {
        expect((await send({ grant_type: 'refresh_token', refresh_token: token })).status).toBe(200);
      }
      const inVain = { grant_type: 'refresh_token', refresh_token: 'x' };
      expect(await oauthErrorOf(await send(inVain))).toBe('400 invalid_grant');
      const before = await rows();
      expect((await send(inVain)).status).toBe(429);
      expect(await rows()).toBe(before);
    });

    test('an invented one is none', async () => {
      const proof = await proofFor(server, key, { nonce: 'x'.repeat(43) });
      expect(await oauthErrorOf(await askWithProof(server, service, CLIENT_CREDENTIALS, proof))).toBe(
        '400 use_dpop_nonce',
      );
    });
  });

  describe('§10: a code', () => {
    test('that was asked for with a key is for that key alone, and stays for it', async () => {
      const code = await codeFor(browser, app, { dpop_jkt: key.thumbprint });
      expect(await oauthErrorOf(await exchange(app, code, undefined))).toBe('400 invalid_dpop_proof');
      expect(await oauthErrorOf(await exchange(app, code, await withNonce(otherKey)))).toBe('400 invalid_grant');
      expect((await exchange(app, code, await withNonce(key))).status).toBe(200);
    });

    test('of a confidential client, too', async () => {
      const code = await codeFor(browser, shop, { dpop_jkt: key.thumbprint });
      expect(await oauthErrorOf(await exchange(shop, code, await proofFor(server, otherKey)))).toBe(
        '400 invalid_grant',
      );
      expect((await exchange(shop, code, await proofFor(server, key))).status).toBe(200);
    });

    test('§10.1: of a pushed request is bound to the key of its proof', async () => {
      const htu = server.issuer + ROUTES.par;
      const query = authorizePath(shop).split('?')[1]!;
      const push = async (proof: string, more: readonly (readonly [string, string])[] = []) =>
        server.request(ROUTES.par, {
          form: [...new URLSearchParams(query), ...more],
          headers: { Authorization: shop.basic, DPoP: proof },
        });
      const jkt = ['dpop_jkt', otherKey.thumbprint] as const;
      expect(await oauthErrorOf(await push(await proofFor(server, key, { htu }), [jkt]))).toBe(
        '400 invalid_dpop_proof',
      );
      expect(await oauthErrorOf(await push(await proofFor(server, key)))).toBe('400 invalid_dpop_proof');
      const pushed = await push(await proofFor(server, key, { htu }));
      const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
      const reference = new URLSearchParams({ client_id: shop.id, request_uri: requestUri });
      const { code = '' } = await answerOf(await browser.request(`${ROUTES.authorize}?${reference}`));
      expect(await oauthErrorOf(await exchange(shop, code, await proofFor(server, otherKey)))).toBe(
        '400 invalid_grant',
      );
      expect((await exchange(shop, code, await proofFor(server, key))).status).toBe(200);
    });

    test.each(['x', 'k'.repeat(44), `${'k'.repeat(42)}=`])('a key named %j is refused', async (name) => {
      const answer = await answerOf(await browser.request(authorizePath(app, { dpop_jkt: name })));
      expect(answer['error']).toBe('invalid_request');
    });
  });

  describe('§5: a refresh token', () => {
    test('of a public client is bound to the key; whoever else has it changes nothing', async () => {
      const { refresh_token: token = '' } = await boundGrant(app);
      clock.advance(600_000);
      const audited = (await server.tableCounts())['audit_events'];
      expect(await oauthErrorOf(await refresh(app, token, undefined))).toBe('400 invalid_dpop_proof');
      expect(await oauthErrorOf(await refresh(app, token, await proofFor(server, key)))).toBe('400 use_dpop_nonce');
      expect(await oauthErrorOf(await refresh(app, token, await withNonce(otherKey)))).toBe('400 invalid_grant');
      expect((await server.tableCounts())['audit_events']).toBe(audited);
      const refreshed = await tokensOf(refresh(app, token, await withNonce(key)));
      expect(refreshed.refresh_token).toMatch(/^lk/);
      expect(refreshed.refresh_token).not.toBe(token);
      expect(keyOf(refreshed.access_token)).toBe(key.thumbprint);
    });

    test('whose answer was lost is sent again, with a new proof', async () => {
      const { refresh_token: token = '' } = await boundGrant(app);
      clock.advance(600_000);
      const lost = await tokensOf(refresh(app, token, await withNonce(key)));
      const again = await tokensOf(refresh(app, token, await withNonce(key)));
      expect(again.refresh_token).toBe(lost.refresh_token);
      clock.advance(1000);
      expect((await refresh(app, again.refresh_token!, await withNonce(key))).status).toBe(200);
    });

    test('of a public client that sent no proof is bound to none', async () => {
      const tokens = await tokensOf(exchange(app, await codeFor(browser, app), undefined));
      expect(keyOf(tokens.access_token)).toBeUndefined();
      expect((await refresh(app, tokens.refresh_token!, undefined)).status).toBe(200);
      const bound = await tokensOf(refresh(app, tokens.refresh_token!, await withNonce(otherKey)));
      expect(keyOf(bound.access_token)).toBe(otherKey.thumbprint);
    });

    test('of a confidential client is bound by its secret: it may change its key, and each token has that of its request', async () => {
      const tokens = await tokensOf(exchange(shop, await codeFor(browser, shop), await proofFor(server, key)));
      expect(keyOf(tokens.access_token)).toBe(key.thumbprint);
      const refreshed = await tokensOf(refresh(shop, tokens.refresh_token!, await proofFor(server, otherKey)));
      expect(keyOf(refreshed.access_token)).toBe(otherKey.thumbprint);
      const plain = await tokensOf(refresh(shop, tokens.refresh_token!, undefined));
      expect(keyOf(plain.access_token)).toBeUndefined();
    });

    test('is given back without a proof (RFC 7009)', async () => {
      const { refresh_token: token = '' } = await boundGrant(app);
      const form = [
        ['client_id', app.id],
        ['token', token],
      ] as const;
      expect((await server.request(ROUTES.revoke, { form })).status).toBe(200);
      expect(await oauthErrorOf(await refresh(app, token, await withNonce(key)))).toBe('400 invalid_grant');
    });
  });

  describe('§7: userinfo', () => {
    const ask = async (scheme: string, token: string, proof: string | undefined, method = 'GET') =>
      server.request(ROUTES.userinfo, {
        method,
        headers: { Authorization: `${scheme} ${token}`, ...(proof !== undefined && { DPoP: proof }) },
      });
    const proofOf = async (by: ProofKey, token: string, claims = {}) =>
      proofFor(server, by, { htm: 'GET', htu: server.issuer + ROUTES.userinfo, ath: tokenHash(token), ...claims });
    /** Status, error and scheme of the challenge. */
    const refusalOf = async (answer: Response) => {
      const { error } = (await answer.json()) as { error: string };
      const challenge = answer.headers.get('WWW-Authenticate') ?? '';
      expect(challenge).toContain(`error="${error}"`);
      return `${answer.status} ${error} ${challenge.split(' ')[0]}`;
    };

    test('takes a bound token with a proof for it, once', async () => {
      const { access_token: token } = await boundGrant(app);
      const proof = await proofOf(key, token);
      expect((await ask('DPoP', token, proof)).status).toBe(200);
      expect(await refusalOf(await ask('DPoP', token, proof))).toBe('401 invalid_dpop_proof DPoP');
      const posted = await proofOf(key, token, { htm: 'POST', nonce: await nonceOf() });
      expect((await ask('dpop', token, posted, 'POST')).status).toBe(200);
    });

    test('refuses everything else', async () => {
      const { access_token: token } = await boundGrant(app);
      const { access_token: another } = await boundGrant(app);
      const { access_token: free } = await tokensOf(exchange(app, await codeFor(browser, app), undefined));
      const refusals: [Promise<Response>, string][] = [
        // §7.1: a bound token as Bearer, also with a proof.
        [ask('Bearer', token, undefined), '401 invalid_token DPoP'],
        [ask('Bearer', token, await proofOf(key, token)), '401 invalid_token DPoP'],
        [ask('DPoP', token, undefined), '401 invalid_token DPoP'],
        [ask('DPoP', token, await proofOf(otherKey, token)), '401 invalid_token DPoP'],
        [ask('DPoP', free, await proofOf(key, free)), '401 invalid_token DPoP'],
        [ask('DPoP', token, await proofOf(key, another)), '401 invalid_dpop_proof DPoP'],
        [ask('DPoP', token, await proofOf(key, token, { ath: undefined })), '401 invalid_dpop_proof DPoP'],
        [ask('DPoP', token, await proofFor(server, key)), '401 invalid_dpop_proof DPoP'],
        [ask('DPoP', token, await proofOf(key, token), 'POST'), '401 invalid_dpop_proof DPoP'],
        [ask('DPoP', token, await proofOf(key, token, { nonce: 'x' })), '401 use_dpop_nonce DPoP'],
        [ask('DPoP', 'x', await proofOf(key, 'x')), '401 invalid_token DPoP'],
      ];
      for (const [answer, expected] of refusals) expect(await refusalOf(await answer)).toBe(expected);
      expect((await ask('Bearer', free, undefined)).status).toBe(200);
    });

    test('gives a nonce with the refusal that asks for one', async () => {
      const { access_token: token } = await boundGrant(app);
      const refused = await ask('DPoP', token, await proofOf(key, token, { nonce: 'x' }));
      const nonce = refused.headers.get('DPoP-Nonce')!;
      expect((await ask('DPoP', token, await proofOf(key, token, { nonce }))).status).toBe(200);
    });
  });
});
