/** Clients that nobody here wrote, a real server and a real browser: the code flow from another site's link to its end. */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, button, enter, link, signIn } from '../newcomer/person.ts';
import { createAccount, newAccount } from '../support/accounts.ts';
import { expectSound } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { addClient, register, startForeignApp, type ForeignApp } from './foreign-app.ts';
import { allowInsecureRequests, insecure } from './insecure-requests.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
let app: ForeignApp;
const browser = useWatchedBrowser();
beforeAll(async () => {
  [server, app] = await Promise.all([startServer(), startForeignApp()]);
});
afterAll(async () => {
  await server?.close();
  await app?.[Symbol.asyncDispose]();
});

/** Follows the link of the other site. */
async function follow(page: Page, href: URL): Promise<void> {
  app.linkTo(href.href);
  await page.goto(app.origin);
  await link(page, 'Go').click();
}

async function arriveBack(page: Page, address: string): Promise<URL> {
  await page.waitForURL((url) => url.href.startsWith(address));
  return new URL(page.url());
}

test('oauth4webapi: signs in, asks for consent, gets tokens, who it is, refreshes and revokes', async () => {
  const { client_id: clientId, client_secret: secret } = await register(server, app, 'Weather Station');
  const issuer = new URL(server.origin);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client: oauth.Client = { client_id: clientId };
  const authentication = oauth.ClientSecretBasic(secret);
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(as.authorization_endpoint!);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: app.callback,
    scope: 'openid profile email',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    max_age: '60',
  }).toString();

  const account = await createAccount(server, newAccount('Grace'));
  const page = await browser.newPage();
  await follow(page, url);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Weather Station use your account?');
  await expectSound(page, 'consent');
  await button(page, 'Allow').click();
  const answer = await arriveBack(page, app.callback);

  const parameters = oauth.validateAuthResponse(as, client, answer, state);
  const exchange = () =>
    oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, app.callback, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, await exchange(), {
    expectedNonce: nonce,
    maxAge: 60,
    requireIdToken: true,
  });
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)!;
  const asked = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
  expect(await oauth.processUserInfoResponse(as, client, sub, asked)).toEqual({
    sub,
    name: 'Grace',
    email: account.email,
    email_verified: true,
  });
  const refresh = () => oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token!, insecure);
  const refreshed = await oauth.processRefreshTokenResponse(as, client, await refresh());
  expect(refreshed).toMatchObject({ scope: 'openid profile email' });
  expect(refreshed.refresh_token).toBeUndefined();

  const revoked = await oauth.revocationRequest(as, client, authentication, tokens.refresh_token!, insecure);
  await oauth.processRevocationResponse(revoked);
  await expect(oauth.processRefreshTokenResponse(as, client, await refresh())).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  await expect(oauth.processAuthorizationCodeResponse(as, client, await exchange())).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

test('openid-client: a browser that is signed in comes straight back, and is signed out by the client', async () => {
  const { client_id: clientId, client_secret: secret } = await register(server, app, 'Shop', ['--first-party']);
  const config = await openid.discovery(new URL(server.origin), clientId, secret, openid.ClientSecretBasic(secret), {
    execute: [allowInsecureRequests],
  });
  const account = await createAccount(server, newAccount('Linus'));
  const page = await browser.newPage();
  await enter(page, server.origin, account);

  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: app.callback,
    scope: 'openid email',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  });
  await follow(page, url);
  const answer = await arriveBack(page, app.callback);
  const tokens = await openid.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
    idTokenExpected: true,
  });
  const { sub } = tokens.claims()!;
  expect(await openid.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ email: account.email });
  expect((await openid.refreshTokenGrant(config, tokens.refresh_token!)).access_token).toBeDefined();

  await follow(
    page,
    openid.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: app.signedOut,
      state: 'bye',
    }),
  );
  expect((await arriveBack(page, app.signedOut)).searchParams.get('state')).toBe('bye');
  await page.goto(`${server.origin}/account`);
  await arriveAt(page, 'Sign in');
});

test('without a script: a public client of the machine asks each time, and is told no', async () => {
  const { client_id: clientId } = await register(server, app, 'Terminal', ['--public', '--first-party']);
  const config = await openid.discovery(new URL(server.origin), clientId, undefined, openid.None(), {
    execute: [allowInsecureRequests],
  });
  const account = await createAccount(server);
  const page = await browser.newPage({ javaScriptEnabled: false });
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: app.callback,
    scope: 'openid',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  await follow(page, url);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Terminal use your account?');
  await button(page, 'Allow').click();
  const answer = await arriveBack(page, app.callback);
  const tokens = await openid.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier });
  expect((await openid.refreshTokenGrant(config, tokens.refresh_token!)).access_token).toBeDefined();

  await follow(page, url);
  await arriveAt(page, 'Let Terminal use your account?');
  await button(page, 'Do not allow').click();
  await page.waitForURL((at) => at.searchParams.get('error') === 'access_denied');
  await expect(
    openid.authorizationCodeGrant(config, new URL(page.url()), { pkceCodeVerifier: verifier }),
  ).rejects.toMatchObject({ error: 'access_denied' });
});

test('openid-client: asks for a new sign-in, refreshes twice at once, and will not be mixed up', async () => {
  const { client_id: clientId, client_secret: secret } = await register(server, app, 'Diary', ['--first-party']);
  const config = await openid.discovery(new URL(server.origin), clientId, secret, openid.ClientSecretBasic(secret), {
    execute: [allowInsecureRequests],
  });
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, server.origin, account);

  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const urlWith = async (more: Readonly<Record<string, string>>): Promise<URL> =>
    openid.buildAuthorizationUrl(config, {
      redirect_uri: app.callback,
      scope: 'openid offline_access',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      ...more,
    });
  await follow(page, await urlWith({ prompt: 'login' }));
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  const answer = await arriveBack(page, app.callback);
  // RFC 9207 §2.4: the answer of another server, which the client was led to by mistake.
  const mixedUp = new URL(answer);
  mixedUp.searchParams.set('iss', 'https://other.example');
  const checks = { pkceCodeVerifier, expectedState };
  await expect(openid.authorizationCodeGrant(config, mixedUp, checks)).rejects.toMatchObject({
    code: 'OAUTH_INVALID_RESPONSE',
  });
  const tokens = await openid.authorizationCodeGrant(config, answer, checks);

  const refresh = () => openid.refreshTokenGrant(config, tokens.refresh_token!);
  const [one, other] = await Promise.all([refresh(), refresh()]);
  expect(one.access_token).not.toBe(other.access_token);
  expect((await refresh()).access_token).toBeDefined();

  // Lately enough: straight back, and the library looks at `auth_time` itself (OpenID Connect Core §3.1.3.7).
  await follow(page, await urlWith({ max_age: '600' }));
  const again = await arriveBack(page, app.callback);
  const { auth_time: authTime } = (
    await openid.authorizationCodeGrant(config, again, { ...checks, maxAge: 600 })
  ).claims()!;
  expect(authTime).toBe(tokens.claims()!.auth_time);
});

test('oauth4webapi: a service gets a token for one resource server, which is introspected and revoked', async () => {
  const orders = 'https://orders.example';
  const grant = ['--grant', 'client_credentials', '--scope', 'orders:read orders:write introspect'];
  const audiences = ['--audience', orders, '--audience', 'https://stock.example'];
  const { client_id: clientId, client_secret: secret } = await addClient(server, 'Robot', [
    ...grant,
    ...audiences,
    '--auth-method',
    'client_secret_post',
  ]);
  const issuer = new URL(server.origin);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client: oauth.Client = { client_id: clientId };
  const authentication = oauth.ClientSecretPost(secret);
  const ask = async (parameters: Record<string, string>) =>
    oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, insecure),
    );
  const { access_token: token, ...rest } = await ask({ scope: 'orders:read', resource: orders });
  expect(rest).toMatchObject({ token_type: 'bearer', scope: 'orders:read', expires_in: expect.any(Number) as number });
  // RFC 8707 §2: one of two has to be named, and no other.
  await expect(ask({ scope: 'orders:read' })).rejects.toMatchObject({ error: 'invalid_target' });
  await expect(ask({ resource: 'https://other.example' })).rejects.toMatchObject({ error: 'invalid_target' });
  await expect(ask({ scope: 'admin', resource: orders })).rejects.toMatchObject({ error: 'invalid_scope' });

  // RFC 9068 §4, by the library's own validation, with the keys at `jwks_uri`.
  const presented = new Request(orders, { headers: { Authorization: `Bearer ${token}` } });
  expect(await oauth.validateJwtAccessToken(as, presented, orders, insecure)).toMatchObject({ sub: clientId });

  const introspect = async () =>
    oauth.processIntrospectionResponse(
      as,
      client,
      await oauth.introspectionRequest(as, client, authentication, token, insecure),
    );
  expect(await introspect()).toMatchObject({ active: true, aud: orders, client_id: clientId, scope: 'orders:read' });
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token, insecure));
  expect(await introspect()).toEqual({ active: false });
});
