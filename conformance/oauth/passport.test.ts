/** An Express app with passport-openidconnect, the second server: its users sign in with us. */
import { createHash, randomBytes } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import session from 'express-session';
import { Passport } from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, button, link, signIn } from '../newcomer/person.ts';
import { createAccount, newAccount } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { register, startWebsite, type Registered, type Website } from './foreign-app.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Visitor extends Express.User {
  readonly name: string;
  readonly email: string | undefined;
  readonly idToken: string;
}

declare module 'express-session' {
  interface SessionData {
    codeVerifier: string;
  }
}

type TokenCallback = (error: Error | { readonly statusCode: number }, ...tokens: unknown[]) => unknown;

/**
 * passport-openidconnect 0.1.2 knows no PKCE, which OAuth 2.1 §4.1.1 asks of everybody. Passport makes a strategy of its
 * own for each request, so that the verifier of one is not seen by another.
 */
class PkceStrategy extends OpenIDConnectStrategy {
  override authenticate(req: Request, options: OpenIDConnectStrategy.AuthenticateOptions = {}): unknown {
    if (req.query['code'] === undefined) {
      req.session.codeVerifier = randomBytes(32).toString('base64url');
      const challenge = createHash('sha256').update(req.session.codeVerifier).digest('base64url');
      return super.authenticate(req, { ...options, challenge } as OpenIDConnectStrategy.AuthenticateOptions);
    }
    const { codeVerifier = '' } = req.session;
    // oxlint-disable-next-line eslint/no-underscore-dangle -- what the library lets subclasses use has this name
    const client = this._oauth2;
    const getOAuthAccessToken = (code: string, parameters: object, done: TokenCallback): void =>
      client.getOAuthAccessToken(code, { ...parameters, code_verifier: codeVerifier }, done);
    // oxlint-disable-next-line eslint/no-underscore-dangle -- the same
    this._oauth2 = Object.assign(Object.create(client) as typeof client, { getOAuthAccessToken });
    return super.authenticate(req, options);
  }

  override authorizationParams({ challenge }: { readonly challenge: string }): object {
    return { code_challenge: challenge, code_challenge_method: 'S256' };
  }
}

let server: ServerProcess;
let website: Website;
const browser = useWatchedBrowser();
beforeAll(async () => {
  [server, website] = await Promise.all([startServer(), startWebsite()]);
  const addresses = { callback: `${website.origin}/callback`, signedOut: `${website.origin}/` };
  // It sends its secret in the body.
  const client = await register(server, addresses, 'Bookshop', ['--auth-method', 'client_secret_post']);
  website.serve(bookshop(client));
});
afterAll(async () => {
  await server?.close();
  await website?.[Symbol.asyncDispose]();
});

function strategyOptions({ client_id: clientID, client_secret: clientSecret }: Registered) {
  const at = (path: string) => `${server.origin}${path}`;
  return {
    issuer: server.origin,
    authorizationURL: at('/oauth/authorize'),
    tokenURL: at('/oauth/token'),
    userInfoURL: at('/oauth/userinfo'),
    clientID,
    clientSecret,
    callbackURL: `${website.origin}/callback`,
    scope: 'profile email',
    nonce: 'on',
    maxAge: '60',
    // Names are told at userinfo alone.
    skipUserProfile: false,
  };
}

const know: OpenIDConnectStrategy.VerifyFunction = (
  _issuer: string,
  { id, displayName, emails }: OpenIDConnectStrategy.Profile,
  _context: object,
  idToken: string | object,
  _accessToken: string | object,
  _refreshToken: string,
  done: OpenIDConnectStrategy.VerifyCallback,
) => {
  const visitor = { id, name: displayName, email: emails?.[0]?.value, idToken: idToken as string };
  done(null, visitor);
};

/** Pages that say who is signed in, and what went wrong. */
function bookshop(client: Registered): Express {
  const passport = new Passport();
  passport.use('latchkey', new PkceStrategy(strategyOptions(client), know));
  passport.use('without-pkce', new OpenIDConnectStrategy(strategyOptions(client), know));
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user: Visitor, done) => done(null, user));

  const authenticate = (strategy: string, options = {}) =>
    passport.authenticate(strategy, options) as unknown as RequestHandler;
  const app = express();
  app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }));
  app.use(passport.session());
  app.get('/', (req, res) => {
    const visitor = req.user as Visitor | undefined;
    const text = visitor === undefined ? 'Nobody' : `${visitor.name}, ${visitor.email}`;
    res.send(`<!doctype html><title>Bookshop</title><h1>${text}</h1>${LINKS}`);
  });
  app.get('/favicon.ico', (_req, res) => res.status(204).end());
  app.get('/sign-in', authenticate('latchkey'));
  app.get('/sign-in-without-pkce', authenticate('without-pkce'));
  app.get('/callback', authenticate('latchkey', { successRedirect: '/', failureRedirect: '/?refused' }));
  app.get('/callback-or-403', authenticate('latchkey'));
  app.get('/sign-out', (req, res, next) => {
    const { idToken } = req.user as Visitor;
    const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: `${website.origin}/` });
    req.logout((error) => (error ? next(error) : res.redirect(`${server.origin}/oauth/logout?${query}`)));
  });
  const tell: ErrorRequestHandler = (error: { code?: string }, _req, res, _next) => {
    res.status(500).send(`<!doctype html><title>Bookshop</title><h1>${error.code}</h1>`);
  };
  app.use(tell);
  return app;
}

const LINKS = '<a href="/sign-in">Sign in</a> <a href="/sign-out">Sign out</a> <a href="/sign-in-without-pkce">Old</a>';

/** What the app says of who comes back. */
async function said(page: Page): Promise<string> {
  await page.waitForURL((url) => url.origin === website.origin);
  return page.getByRole('heading').innerText();
}

test('a person signs in, is known to the app, and signs out of both', async () => {
  const account = await createAccount(server, newAccount('Margaret'));
  const page = await browser.newPage();
  await page.goto(website.origin);
  await link(page, 'Sign in').click();
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Bookshop use your account?');
  await button(page, 'Allow').click();
  expect(await said(page)).toBe(`Margaret, ${account.email}`);

  await link(page, 'Sign out').click();
  expect(await said(page)).toBe('Nobody');
  await link(page, 'Sign in').click();
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  // Consent is remembered.
  expect(await said(page)).toBe(`Margaret, ${account.email}`);
});

test('a person who denies comes back as nobody; another state is refused', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await page.goto(`${website.origin}/sign-in`);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Bookshop use your account?');
  await button(page, 'Do not allow').click();
  expect(await said(page)).toBe('Nobody');
  expect(page.url()).toBe(`${website.origin}/?refused`);

  // The code of another browser, put into this one (RFC 6749 §10.12).
  await page.goto(`${website.origin}/sign-in`);
  await arriveAt(page, 'Let Bookshop use your account?');
  const answer = await page.request.get(`${website.origin}/callback-or-403?code=stolen&state=other`);
  expect(answer.status()).toBe(403);
});

test('RFC 7636 §4.4.1: without PKCE, as the library comes, the app is told invalid_request', async () => {
  const page = await browser.newPage();
  await page.goto(website.origin);
  await link(page, 'Old').click();
  expect(await said(page)).toBe('invalid_request');
});
