import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startTestServer, type TestBrowser, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let browser: TestBrowser;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer({ settings: { LATCHKEY_MAGIC_LINKS: 'on' } });
  browser = await server.signedIn('ada@example.com');
  cookie = browser.jar.header(new URL(server.issuer))!;
});
afterAll(() => server.close());

const UNSAFE: [method: string, path: string][] = [
  ['POST', ROUTES.signUp],
  ['POST', ROUTES.emailVerification],
  ['POST', ROUTES.confirmEmail],
  ['POST', ROUTES.passwordReset],
  ['POST', ROUTES.confirmPasswordReset],
  ['POST', ROUTES.magicLink],
  ['POST', ROUTES.confirmMagicLink],
  ['POST', ROUTES.password],
  ['POST', ROUTES.email],
  ['POST', ROUTES.confirmEmailChange],
  ['POST', ROUTES.undoEmailChange],
  ['DELETE', ROUTES.account],
  ['POST', ROUTES.signIn],
  ['POST', ROUTES.signOut],
  ['POST', ROUTES.sessionToken],
  ['DELETE', `${ROUTES.sessions}/ses_00000000000000000000000000000000`],
  ['POST', ROUTES.revokeOthers],
  ['POST', ROUTES.revokeAll],
  ['DELETE', `${ROUTES.authorizations}/cli_00000000000000000000000000000000`],
  ['POST', PAGES.signUp],
  ['POST', PAGES.signIn],
  ['POST', PAGES.signOut],
  ['POST', PAGES.verifyEmail],
  ['POST', `${PAGES.verifyEmail}/resend`],
  ['POST', PAGES.magicLink],
  ['POST', PAGES.magicLinkCode],
  ['POST', PAGES.openMagicLink],
  ['POST', PAGES.forgotPassword],
  ['POST', PAGES.resetPassword],
  ['POST', PAGES.confirmEmailChange],
  ['POST', PAGES.undoEmailChange],
  ['POST', PAGES.accountPassword],
  ['POST', PAGES.accountEmail],
  ['POST', PAGES.accountDeletion],
  ['POST', `${PAGES.account}/sessions/end-others`],
  ['POST', `${PAGES.account}/sessions/end-all`],
  ['POST', `${PAGES.account}/sessions/ses_0/end`],
  ['POST', `${PAGES.account}/apps/cli_0/remove`],
  ['POST', PAGES.firstAdministrator],
  // Not offered, or not there: refused before anybody looks.
  ['POST', ROUTES.session],
  ['PUT', ROUTES.session],
  ['DELETE', ROUTES.signOut],
  ['PATCH', '/nothing'],
];

const FOREIGN: [name: string, headers: Record<string, string>][] = [
  ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
  ['a sibling subdomain', { 'Sec-Fetch-Site': 'same-site' }],
  ['another site that claims our Origin', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost:4400' }],
  ['an unknown word', { 'Sec-Fetch-Site': 'elsewhere' }],
  ['an old browser on another origin', { Origin: 'https://evil.example' }],
  ['a sandboxed frame', { Origin: 'null' }],
  ['another port', { Origin: 'http://localhost:4401' }],
  ['https instead of http', { Origin: 'https://localhost:4400' }],
  ['a Host of its own', { Origin: 'https://evil.example', Host: 'evil.example' }],
  ['a forwarded host', { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' }],
  ['another method by a header', { 'Sec-Fetch-Site': 'cross-site', 'X-HTTP-Method-Override': 'GET' }],
];

const BODIES: [contentType: string | undefined, body: string | undefined][] = [
  ['application/json', JSON.stringify({ email: 'ada@example.com', password: PASSWORD })],
  ['application/x-www-form-urlencoded', 'email=ada@example.com&password=x'],
  ['text/plain', '{"email":"ada@example.com"}'],
  ['multipart/form-data; boundary=x', '--x--'],
  [undefined, undefined],
];

describe.each(UNSAFE)('%s %s', (method, path) => {
  test.each(FOREIGN)('from %s is refused, whatever its content type, and changes nothing', async (_name, headers) => {
    const before = await server.tableCounts();
    for (const [contentType, body] of BODIES) {
      const response = await server.request(path, {
        method,
        cookie,
        ...(body !== undefined && { body }),
        headers: { ...headers, ...(contentType !== undefined && { 'Content-Type': contentType }) },
      });
      expect(response.status).toBe(403);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(((await response.json()) as { code: string }).code).toBe('cross_site_request');
    }
    expect(await server.tableCounts()).toEqual(before);
  });

  test.each([
    ['our own page', { 'Sec-Fetch-Site': 'same-origin' }],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }],
    ['our own page in an old browser', { Origin: 'http://localhost:4400' }],
    ['a program', {}],
  ])('from %s gets further', async (_name, headers) => {
    // Without a session and without a body: what comes next refuses it for its own reason.
    const response = await server.request(path, { method, headers });
    expect(response.status).not.toBe(403);
    expect(response.status).toBeLessThan(500);
  });
});

test('the session has survived all of it', async () => {
  expect(await browser.session()).toBeDefined();
});

test('a safe method changes nothing, wherever it comes from', async () => {
  const paths = [
    ...Object.values(ROUTES),
    ...Object.values(PAGES),
    `${PAGES.verifyEmail}?token=x`,
    `${PAGES.account}/sessions/end-all`,
  ];
  const before = await server.tableCounts();
  for (const path of paths) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const response = await server.request(path, { method, cookie, headers: { 'Sec-Fetch-Site': 'cross-site' } });
      expect(response.status).toBeLessThan(500);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  }
  expect(await server.tableCounts()).toEqual(before);
});
