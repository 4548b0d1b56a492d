import { stat } from 'node:fs/promises';
import { createVerifier, type Verifier } from '@latchkey/verifier';
import { Hono } from 'hono';
import { createSessions, sqliteSessions, type SessionId, type Sessions } from 'latchkey/sessions';
import type { Accounts, AppEnvironment, Log } from '../http/environment.ts';
import { createApi } from '../http/routes/api.ts';
import type { ForumContext } from '../operations/context.ts';
import type { Settings } from '../settings.ts';
import { AccountDirectory } from './account-directory.ts';
import { AuthorizationServer, ServiceClient } from './authorization-server.ts';
import { createBackground } from './background.ts';
import { mountBackchannelLogout } from './backchannel-logout.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { FormerMembers } from './former-members.ts';
import { createSeals, type Seals } from './sealed.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { mountSignIn } from './sign-in-routes.ts';
import { mountSignOut } from './sign-out-routes.ts';
import { readStanding } from './standing.ts';
import { TokenKeeper } from './token-keeper.ts';

export interface ForumAccounts extends Accounts {
  /** Undefined where the forum has no service account. */
  readonly directory: AccountDirectory | undefined;
  readonly formerMembers: FormerMembers | undefined;
  readonly seals: Seals;
  /** Ends the following of revocations, and waits for what is under way. */
  close(): Promise<void>;
}

/** All about who somebody is: signing in and out, sessions, tokens, and what Latchkey tells of them. */
export async function createAccounts(settings: Settings, context: ForumContext, log: Log): Promise<ForumAccounts> {
  const { issuer, client, url, audience, secret } = settings;
  const { database, clock } = context;
  const background = createBackground(log);
  const seals = createSeals(secret);
  const server = new AuthorizationServer({ issuer, client, url, audience, clock });
  const tokens = new TokenKeeper({ database, seals, server, clock, log });
  if (settings.job !== undefined) await warnOfOpenFile(settings.job.keyFile, log);
  const directory = settings.job && new AccountDirectory(issuer, await ServiceClient.open(issuer, settings.job, clock));
  const formerMembers = directory && new FormerMembers({ context, directory, log });
  const onEnded = (subject: string) => {
    if (formerMembers !== undefined) background.run('asking about an account', () => formerMembers.check(subject));
  };
  const verifier = followLatchkey(settings, log, onEnded);
  const sessions = openSessions(settings, context, log);
  const standingOf = readStanding.bind(undefined, { verifier, tokens, clock, log });
  const browser = new BrowserSessions({ sessions, tokens, standingOf });
  const revokeLater = (refreshToken: string) =>
    background.run('ending a session at Latchkey', () => server.revoke(refreshToken));
  const endSession = async (id: SessionId) => {
    const kept = tokens.read(id);
    const isEnded = await sessions.end(id);
    if (isEnded && kept !== undefined) revokeLater(kept.refreshToken);
  };

  const routes = new Hono<AppEnvironment>();
  const attempts = new SignInAttempts(seals, url);
  mountSignIn(routes, { context, server, attempts, browser, tokens, endSession, revokeLater });
  mountSignOut(routes, { server, browser, tokens, issuer, revokeLater });
  const jwksUri = () => server.jwksUri();
  mountBackchannelLogout(routes, { context, sessions, issuer, clientId: client.id, jwksUri, onEnded });
  return {
    identify: browser.identify,
    isStillViewer: (c) => browser.isStillViewer(c),
    listAccounts: (c) => browser.listAccounts(c),
    routes,
    api: createApi(verifier),
    directory,
    formerMembers,
    seals,
    close: async () => {
      await verifier.close();
      await tokens.settled();
      await background.settled();
    },
  };
}

/** Whoever can read it reads everybody's address. No reason not to start: containers mount such files as they like. */
async function warnOfOpenFile(keyFile: string, log: Log): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(keyFile);
  if ((mode & 0o077) !== 0) log.warn({ keyFile }, 'the key can be read by others: chmod 600');
}

/** @param onEnded - Told of users who were banned, deleted or signed out everywhere: their tokens are refused already. */
function followLatchkey(
  { issuer, audience, client }: Settings,
  log: Log,
  onEnded: (subject: string) => void,
): Verifier {
  const verifier = createVerifier({
    issuer,
    audience,
    client,
    onFeedFailed: (error) => log.warn({ err: error }, 'the revocations cannot be followed'),
    onKeyFetchFailed: (error) => log.warn({ err: error }, "Latchkey's keys cannot be had"),
  });
  verifier.onRevoked(({ kind, key }) => {
    if (kind === 'subject') onEnded(key);
  });
  return verifier;
}

function openSessions({ secret, url }: Settings, { database, clock }: ForumContext, log: Log): Sessions {
  return createSessions({
    store: sqliteSessions(database.connection),
    secret,
    cookieName: 'sawal',
    secure: url.startsWith('https:'),
    // People come by links from elsewhere. Forms are protected by where they come from.
    sameSite: 'Lax',
    now: clock,
    onTheft: ({ id, subject }) => log.warn({ sessionId: id, subject }, 'a session was held by two, and has ended'),
  });
}
