import { ADMIN_ROUTES, PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ settings: { LATCHKEY_MAGIC_LINKS: 'on' } });
});
afterAll(() => server.close());

/** What each path offers. HEAD comes with GET (RFC 9110 §9.3.2). */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  [ROUTES.signUp]: ['POST'],
  [ROUTES.emailVerification]: ['POST'],
  [ROUTES.confirmEmail]: ['POST'],
  [ROUTES.passwordReset]: ['POST'],
  [ROUTES.confirmPasswordReset]: ['POST'],
  [ROUTES.password]: ['POST'],
  [ROUTES.email]: ['POST'],
  [ROUTES.confirmEmailChange]: ['POST'],
  [ROUTES.undoEmailChange]: ['POST'],
  [ROUTES.account]: ['DELETE'],
  [ROUTES.signIn]: ['POST'],
  [ROUTES.magicLink]: ['POST'],
  [ROUTES.confirmMagicLink]: ['POST'],
  [ROUTES.signOut]: ['POST'],
  [ROUTES.session]: ['DELETE', 'GET', 'HEAD'],
  [ROUTES.sessionToken]: ['POST'],
  [ROUTES.sessionAccounts]: ['GET', 'HEAD'],
  [ROUTES.sessions]: ['GET', 'HEAD'],
  [`${ROUTES.sessions}/ses_00000000000000000000000000000000`]: ['DELETE'],
  [ROUTES.revokeOthers]: ['POST'],
  [ROUTES.revokeAll]: ['POST'],
  [ROUTES.authorizations]: ['GET', 'HEAD'],
  [`${ROUTES.authorizations}/cli_00000000000000000000000000000000`]: ['DELETE'],
  [ROUTES.jwks]: ['GET', 'HEAD'],
  [ROUTES.authorizationServerMetadata]: ['GET', 'HEAD'],
  [ROUTES.openidConfiguration]: ['GET', 'HEAD'],
  [ROUTES.authorize]: ['GET', 'HEAD', 'POST'],
  [ROUTES.par]: ['OPTIONS', 'POST'],
  [ROUTES.userinfo]: ['GET', 'HEAD', 'OPTIONS', 'POST'],
  [ROUTES.logout]: ['GET', 'HEAD', 'POST'],
  [`${ROUTES.authorize}/consent`]: ['POST'],
  [`${ROUTES.authorize}/account`]: ['POST'],
  [ROUTES.token]: ['OPTIONS', 'POST'],
  [ROUTES.introspect]: ['POST'],
  [ROUTES.revoke]: ['POST'],
  [ROUTES.revocations]: ['GET', 'HEAD'],
  [ROUTES.revocationSnapshot]: ['GET', 'HEAD'],
  [ROUTES.clientKeys]: ['GET', 'HEAD'],
  [ADMIN_ROUTES.users]: ['GET', 'HEAD', 'POST'],
  [`${ADMIN_ROUTES.users}/usr_0`]: ['DELETE', 'GET', 'HEAD'],
  [ADMIN_ROUTES.importUsers]: ['POST'],
  [`${ADMIN_ROUTES.users}/usr_0/ban`]: ['POST'],
  [`${ADMIN_ROUTES.users}/usr_0/unban`]: ['POST'],
  [`${ADMIN_ROUTES.users}/usr_0/role`]: ['PUT'],
  [`${ADMIN_ROUTES.users}/usr_0/end-sessions`]: ['POST'],
  [`${ADMIN_ROUTES.users}/usr_0/password-reset`]: ['POST'],
  [ADMIN_ROUTES.sessions]: ['GET', 'HEAD'],
  [`${ADMIN_ROUTES.sessions}/ses_0`]: ['DELETE'],
  [ADMIN_ROUTES.clients]: ['GET', 'HEAD', 'POST'],
  [`${ADMIN_ROUTES.clients}/cli_0`]: ['DELETE', 'GET', 'HEAD', 'PATCH'],
  [`${ADMIN_ROUTES.clients}/cli_0/disable`]: ['POST'],
  [`${ADMIN_ROUTES.clients}/cli_0/enable`]: ['POST'],
  [`${ADMIN_ROUTES.clients}/cli_0/secret`]: ['POST'],
  [`${ADMIN_ROUTES.clients}/cli_0/keys`]: ['PUT'],
  [ADMIN_ROUTES.keys]: ['GET', 'HEAD'],
  [ADMIN_ROUTES.rotateKeys]: ['POST'],
  [`${ADMIN_ROUTES.keys}/0/revoke`]: ['POST'],
  [ADMIN_ROUTES.audit]: ['GET', 'HEAD'],
  [ADMIN_ROUTES.auditChain]: ['GET', 'HEAD'],
  [ADMIN_ROUTES.auditVerification]: ['GET', 'HEAD'],
  [ROUTES.live]: ['GET', 'HEAD'],
  [ROUTES.ready]: ['GET', 'HEAD'],
  [ROUTES.metrics]: ['GET', 'HEAD'],
  [ROUTES.openapi]: ['GET', 'HEAD'],
  [ROUTES.docs]: ['GET', 'HEAD'],
  [ROUTES.devMail]: ['GET', 'HEAD'],
  [ROUTES.devMailJson]: ['GET', 'HEAD'],
  [PAGES.home]: ['GET', 'HEAD'],
  [PAGES.signUp]: ['GET', 'HEAD', 'POST'],
  [PAGES.signIn]: ['GET', 'HEAD', 'POST'],
  [PAGES.magicLink]: ['GET', 'HEAD', 'POST'],
  [PAGES.magicLinkCode]: ['GET', 'HEAD', 'POST'],
  [PAGES.openMagicLink]: ['GET', 'HEAD', 'POST'],
  [PAGES.signOut]: ['POST'],
  [PAGES.verifyEmail]: ['GET', 'HEAD', 'POST'],
  [`${PAGES.verifyEmail}/resend`]: ['POST'],
  [PAGES.forgotPassword]: ['GET', 'HEAD', 'POST'],
  [PAGES.resetPassword]: ['GET', 'HEAD', 'POST'],
  [PAGES.confirmEmailChange]: ['GET', 'HEAD', 'POST'],
  [PAGES.undoEmailChange]: ['GET', 'HEAD', 'POST'],
  [PAGES.accountPassword]: ['GET', 'HEAD', 'POST'],
  [PAGES.accountEmail]: ['GET', 'HEAD', 'POST'],
  [PAGES.accountDeletion]: ['GET', 'HEAD', 'POST'],
  [PAGES.account]: ['GET', 'HEAD'],
  [`${PAGES.account}/sessions/end-others`]: ['POST'],
  [`${PAGES.account}/sessions/end-all`]: ['POST'],
  [`${PAGES.account}/sessions/ses_0/end`]: ['POST'],
  [`${PAGES.account}/apps/cli_0/remove`]: ['POST'],
  [PAGES.firstAdministrator]: ['GET', 'HEAD', 'POST'],
};
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'ODD', 'get-it'];
/** By these methods, the names at the end of these paths are read as ids, which they are not. */
const READ_AS_ID: Readonly<Record<string, readonly string[]>> = {
  [ROUTES.revokeOthers]: ['DELETE'],
  [ROUTES.revokeAll]: ['DELETE'],
  [ADMIN_ROUTES.importUsers]: ['GET', 'HEAD', 'DELETE'],
};

test('all paths that the protocol names are in the table', () => {
  expect(Object.keys(OFFERED)).toEqual(
    expect.arrayContaining([ROUTES, ADMIN_ROUTES, PAGES].flatMap((paths) => Object.values(paths))),
  );
});

describe.each(Object.entries(OFFERED))('%s', (path, offered) => {
  const others = METHODS.filter((method) => !offered.includes(method) && !READ_AS_ID[path]?.includes(method));

  test.each(others)('%s is not offered', async (method) => {
    const before = await server.tableCounts();
    const response = await server.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe(offered.toSorted().join(', '));
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    if (method !== 'HEAD') expect(await problemOf(response)).toBe('405 method_not_allowed');
    expect(await server.tableCounts()).toEqual(before);
  });

  test.each(offered)('%s is', async (method) => {
    const response = await server.request(path, { method });
    expect(response.status).not.toBe(405);
    expect(response.status).not.toBe(404);
    expect(response.status).toBeLessThan(500);
    if (method === 'HEAD') expect(await response.text()).toBe('');
  });
});

describe('what is spelled otherwise is not there', () => {
  test.each([
    '//api/session',
    '/api//session',
    '/api/session/',
    '/api/session//',
    '/API/session',
    '/api/Session',
    '/api/session;v=1',
    '/api;v=1/session',
    '/api/session%20',
    '/api/session%00',
    '/api%2fsession',
    '/api/session%2f',
    '/api%5csession',
    '/api/session.json',
    '/api/session/.',
    '/./api//session',
    '/api/sessions/',
    '/api/sessions//',
    '/api/sessions/a/b',
    '/api/sessions/a%2fb/c',
    '/%zz',
    '/%',
    '/%e0%a4%a',
    '/..%2fapi%2fsession',
    '/api/nothing',
    '/favicon.ico',
    '/.env',
    '/.git/config',
    '/assets/',
    '/assets/../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/wp-login.php',
    `/${'a/'.repeat(2000)}`,
  ])('%s', async (path) => {
    // `/api/session/.` means `/api/session/` to every reader of URLs, and so on.
    for (const method of ['GET', 'POST'])
      expect(await problemOf(await server.request(path, { method }))).toBe('404 not_found');
  });

  test.each([
    ['/api/./session', ROUTES.session],
    ['/x/../api/session', ROUTES.session],
    ['/api/%2e%2e/api/session', ROUTES.session],
    ['/api/%73ession', ROUTES.session],
  ])('%s is %s to every reader of URLs, and is treated as that', async (path) => {
    expect(await problemOf(await server.request(path))).toBe('401 no_session');
    expect(
      await problemOf(await server.request(path, { method: 'POST', headers: { Origin: 'https://evil.example' } })),
    ).toBe('403 cross_site_request');
  });

  test.each([
    '?',
    '?%zz',
    '?a=%',
    '?__proto__=1',
    '?token=%00',
    `?${'a=b&'.repeat(2000)}`,
    '?token=a&token=b',
    '?=',
    '?&&&',
  ])('a query makes no other path: %s', async (query) => {
    expect(await problemOf(await server.request(ROUTES.session + query))).toBe('401 no_session');
    for (const page of [PAGES.signIn, PAGES.verifyEmail, PAGES.firstAdministrator, PAGES.account]) {
      expect((await server.request(page + query)).status).toBeLessThan(500);
    }
  });
});
