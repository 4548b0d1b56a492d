/** What people see of the apps that they let in, and how they take it back, without a script too: in a real browser. */
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, button, enter } from '../newcomer/person.ts';
import { createAccount } from '../support/accounts.ts';
import { expectSound } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { register, startForeignApp, type ForeignApp } from './foreign-app.ts';
import { insecure } from './insecure-requests.ts';

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

test('oauth4webapi pushes its request (RFC 9126); the account page shows the app, and takes its access away', async () => {
  const { client_id: clientId, client_secret: secret } = await register(server, app, 'Weather Station');
  const issuer = new URL(server.origin);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client: oauth.Client = { client_id: clientId };
  const authentication = oauth.ClientSecretBasic(secret);
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    response_type: 'code',
    redirect_uri: app.callback,
    scope: 'openid profile email',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const pushing = await oauth.pushedAuthorizationRequest(as, client, authentication, parameters, insecure);
  const pushed = await oauth.processPushedAuthorizationResponse(as, client, pushing);

  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, server.origin, account);
  await page.goto(`${server.origin}/account`);
  expect(await page.getByRole('heading', { name: 'Apps with access' }).count()).toBe(0);
  const query = new URLSearchParams({ client_id: clientId, request_uri: pushed.request_uri });
  await page.goto(`${as.authorization_endpoint}?${query}`);
  await arriveAt(page, 'Let Weather Station use your account?');
  await button(page, 'Allow').click();
  await page.waitForURL((url) => url.href.startsWith(app.callback));
  const answer = oauth.validateAuthResponse(as, client, new URL(page.url()), state);
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, app.callback, verifier, insecure),
    { expectedNonce: nonce, requireIdToken: true },
  );
  expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ acr: 'urn:latchkey:acr:password' });

  await page.goto(`${server.origin}/account`);
  const apps = page.getByRole('region', { name: 'Apps with access' });
  await expect.poll(() => apps.textContent()).toContain('Weather Station');
  expect(await apps.textContent()).toContain('See your name');
  await expectSound(page, 'account-with-apps');

  const plain = await browser.newPage({ javaScriptEnabled: false });
  await enter(plain, server.origin, account);
  await plain.getByRole('button', { name: 'Remove access of Weather Station' }).click();
  await plain.getByText('The app has no access any more.').waitFor();
  expect(await plain.getByRole('region', { name: 'Apps with access' }).count()).toBe(0);
  const refresh = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token!, insecure);
  await expect(oauth.processRefreshTokenResponse(as, client, refresh)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});
