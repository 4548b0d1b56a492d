/** RFC 9449 with clients that nobody here wrote, a real server, and an API that the verifier guards. */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startGuardedApi, type GuardedApi } from '../../packages/verifier/test/support/guarded-api.ts';
import { cookieOf, createAccount } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { addClient, type Registered } from './foreign-app.ts';
import { allowInsecureRequests, insecure } from './insecure-requests.ts';

vi.setConfig({ testTimeout: 60_000 });

const AUDIENCE = 'https://notes.example';
const REDIRECT_URI = 'https://app.example/callback';

let server: ServerProcess;
let guarded: GuardedApi;
let app: Registered;
let cookie: string;
let api: URL;

beforeAll(async () => {
  server = await startServer();
  const options = ['--grant', 'authorization_code', '--grant', 'refresh_token', '--public', '--first-party'];
  const about = ['--redirect-uri', REDIRECT_URI, '--audience', AUDIENCE, '--scope', 'notes:read', '--dpop-bound'];
  app = await addClient(server, 'Notes', [...options, ...about]);
  cookie = await cookieOf(server.origin, await createAccount(server));
  guarded = await startGuardedApi(server.origin, AUDIENCE);
  api = new URL('/notes', guarded.origin);
});
afterAll(async () => {
  await guarded?.[Symbol.asyncDispose]();
  await server?.close();
});

/** Where the server sends a browser that is signed in. */
async function arriveAt(url: URL): Promise<URL> {
  const answer = await fetch(url, { headers: { Cookie: cookie }, redirect: 'manual' });
  return new URL(answer.headers.get('Location') ?? '');
}

/** As oauth4webapi tells it: once more where a nonce is asked for, which its handle has learnt by then. */
async function withNonce<Result>(attempt: () => Promise<Result>): Promise<Result> {
  return attempt().catch((error: unknown) => {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return attempt();
  });
}

test('oauth4webapi: binds a code and its tokens to a key, and shows them to an API with nonces of its own', async () => {
  const issuer = new URL(server.origin);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client: oauth.Client = { client_id: app.client_id };
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  const verifierOfCode = oauth.generateRandomCodeVerifier();
  const url = new URL(as.authorization_endpoint!);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid notes:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifierOfCode),
    code_challenge_method: 'S256',
    dpop_jkt: await DPoP.calculateThumbprint(),
  }).toString();
  const parameters = oauth.validateAuthResponse(as, client, await arriveAt(url));

  const exchange = async (handle: oauth.DPoPHandle) =>
    oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, REDIRECT_URI, verifierOfCode, {
        DPoP: handle,
        ...insecure,
      }),
      { requireIdToken: true },
    );
  // §10: whoever took the code has another key.
  const thief = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  await expect(withNonce(() => exchange(thief))).rejects.toMatchObject({ error: 'invalid_grant' });
  const tokens = await withNonce(() => exchange(DPoP));
  expect(tokens.token_type).toBe('dpop');
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)!;

  const userinfo = await withNonce(() => oauth.userInfoRequest(as, client, tokens.access_token, { DPoP, ...insecure }));
  expect(await oauth.processUserInfoResponse(as, client, sub, userinfo)).toMatchObject({ sub });
  const askApi = (handle: oauth.DPoPHandle) =>
    withNonce(() =>
      oauth.protectedResourceRequest(tokens.access_token, 'GET', api, undefined, null, { DPoP: handle, ...insecure }),
    );
  expect(await (await askApi(DPoP)).text()).toBe(sub);
  expect(guarded.refused).toEqual(['dpop_nonce_required']);
  // §7.1: a stolen token, with another key or none.
  await expect(askApi(thief)).rejects.toMatchObject({ status: 401 });
  await expect(
    oauth.protectedResourceRequest(tokens.access_token, 'GET', api, undefined, null, insecure),
  ).rejects.toMatchObject({ status: 401 });
  expect(guarded.refused.slice(1)).toEqual(['dpop_key_mismatch', 'dpop_proof_missing']);

  const refresh = async (handle?: oauth.DPoPHandle) =>
    oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token!, {
        ...(handle !== undefined && { DPoP: handle }),
        ...insecure,
      }),
    );
  await expect(withNonce(() => refresh(thief))).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(refresh()).rejects.toMatchObject({ error: 'invalid_dpop_proof' });
  expect((await withNonce(() => refresh(DPoP))).token_type).toBe('dpop');
});

test('openid-client: its handle does it all by itself', async () => {
  const config = await openid.discovery(new URL(server.origin), app.client_id, undefined, openid.None(), {
    execute: [allowInsecureRequests],
  });
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('Ed25519'));
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid notes:read',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    dpop_jkt: await DPoP.calculateThumbprint(),
  });
  const answer = await arriveAt(url);
  const tokens = await openid.authorizationCodeGrant(config, answer, { pkceCodeVerifier }, undefined, { DPoP });
  const { sub } = tokens.claims()!;
  expect(await openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).toMatchObject({ sub });
  const response = await openid.fetchProtectedResource(config, tokens.access_token, api, 'GET', undefined, undefined, {
    DPoP,
  });
  expect(await response.text()).toBe(sub);
  expect((await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP })).token_type).toBe('dpop');
});
