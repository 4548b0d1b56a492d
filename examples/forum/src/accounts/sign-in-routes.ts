import type { Hono } from 'hono';
import { parseAuthorId } from '../domain/author-id.ts';
import type { AppContext, AppEnvironment } from '../http/environment.ts';
import { readForm } from '../http/form-body.ts';
import { showPage } from '../http/show-page.ts';
import type { ForumContext } from '../operations/context.ts';
import { upsertAuthor } from '../operations/index.ts';
import { addressInSlot, SLOT_PARAMETER } from '../pages/slot-address.ts';
import { useOnce } from '../storage/used-once.ts';
import { AuthorizationServer, GrantRefused, LatchkeyUnavailable, type SignedIn } from './authorization-server.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { noFreeSlotPage, signInFailedPage, signInPage } from './pages.ts';
import { safePath } from './safe-path.ts';
import { ATTEMPT_LIFE_MS, type PendingSignIn, type SignInAttempts } from './sign-in-attempts.ts';
import { chooseSlot } from './slots.ts';
import type { TokenKeeper } from './token-keeper.ts';

export interface SignInParts {
  readonly context: ForumContext;
  readonly server: AuthorizationServer;
  readonly attempts: SignInAttempts;
  readonly browser: BrowserSessions;
  readonly tokens: TokenKeeper;
  /** Ends a session, here and at Latchkey. */
  readonly endSession: (id: Parameters<TokenKeeper['read']>[0]) => Promise<void>;
  /** Ends a session at Latchkey that was begun for nothing. */
  readonly revokeLater: (refreshToken: string) => void;
}

/** `/sign-in` sends people to Latchkey, and `/callback` is where they come back to. */
export function mountSignIn(routes: Hono<AppEnvironment>, parts: SignInParts): void {
  const { server, attempts, browser } = parts;
  const { clock } = parts.context;

  routes.get('/sign-in', async (c) => {
    const isAnotherAccount = wantsAnother(c);
    const next = pathAfter(c.req.query('next'));
    if (!isAnotherAccount && c.var.viewer !== undefined) return c.redirect(addressInSlot(next, c.var.slot), 303);
    return isAnotherAccount && (await isFull(c, browser))
      ? showPage(c, noFreeSlotPage(), 409)
      : showPage(c, signInPage({ next, isAnotherAccount }));
  });

  routes.post('/sign-in', async (c) => {
    const form = await readForm(c);
    const isAnotherAccount = wantsAnother(c);
    if (isAnotherAccount && (await isFull(c, browser))) return showPage(c, noFreeSlotPage(), 409);
    const next = pathAfter(form.text('next'));
    const slot = isAnotherAccount ? 'new' : c.var.slot;
    const attempt = AuthorizationServer.newAttempt();
    try {
      const url = await server.authorizationUrl(attempt, isAnotherAccount);
      attempts.keep(c, { ...attempt, next, slot, remember: form.has('remember'), startedAt: clock() });
      c.header('Cache-Control', 'no-store');
      return c.redirect(url.href, 303);
    } catch (error) {
      if (!(error instanceof LatchkeyUnavailable)) throw error;
      c.var.log.warn({ err: error }, 'nobody can sign in');
      return showPage(c, signInPage({ next, isAnotherAccount, problem: UNAVAILABLE }), 503);
    }
  });

  routes.get('/callback', (c) => finishSignIn(c, parts));
}

const UNAVAILABLE = 'Latchkey cannot be reached just now. Try again in a moment.';

/** The browser comes back from Latchkey, with a code or an error (RFC 6749 §4.1.2). */
async function finishSignIn(c: AppContext, parts: SignInParts): Promise<Response> {
  const { context, attempts, server } = parts;
  const [state = '', ...others] = c.req.queries('state') ?? [];
  const now = context.clock();
  const pending = others.length === 0 ? attempts.take(c, state, now) : undefined;
  // Of another browser, too old, or used before. Once alone, across tabs and processes: the cookie may have been copied.
  if (pending === undefined || !useOnce(context.database, 'sign-in', state, now + ATTEMPT_LIFE_MS)) {
    return showPage(c, signInFailedPage(NOT_OURS, { next: '/', isAnotherAccount: false }), 400);
  }
  const again = { next: addressIn(pending), isAnotherAccount: pending.slot === 'new' };
  try {
    const signedIn = await server.finish(new URL(c.req.url).search, pending);
    return await welcome(c, parts, pending, signedIn);
  } catch (error) {
    if (error instanceof LatchkeyUnavailable) {
      c.var.log.warn({ err: error }, 'a sign-in could not be finished');
      return showPage(c, signInFailedPage({ title: 'Signing in did not work', message: UNAVAILABLE }, again), 503);
    }
    if (!(error instanceof GrantRefused)) throw error;
    c.var.log.warn({ err: error, code: error.code }, 'a sign-in was refused');
    return showPage(c, signInFailedPage(error.code === 'access_denied' ? DENIED : REFUSED, again), 400);
  }
}

const NOT_OURS = {
  title: 'This sign-in cannot be finished',
  message: 'It took too long, was finished already, or began in another browser.',
};
const DENIED = { title: 'You are not signed in', message: 'Latchkey says that you would rather not.' };
const REFUSED = {
  title: 'Signing in did not work',
  message: 'Latchkey said no, or its answer was not the one expected.',
};
const FORMER = {
  title: 'This account was closed',
  message: 'What it posted here has no name any more, and it cannot come back.',
};

async function welcome(
  c: AppContext,
  { context, browser, tokens, endSession, revokeLater }: SignInParts,
  pending: PendingSignIn,
  signedIn: SignedIn,
): Promise<Response> {
  const id = parseAuthorId(signedIn.subject);
  if (id === undefined) throw new GrantRefused('invalid_subject');
  const name = signedIn.name?.trim().slice(0, 80) || 'Member';
  if (upsertAuthor(context, { id, name }).kind !== 'done') {
    revokeLater(signedIn.refreshToken);
    return showPage(c, signInFailedPage(FORMER, { next: '/', isAnotherAccount: true }), 403);
  }
  const taken = await browser.inSlots(c);
  const slot = pending.slot === 'new' ? chooseSlot(taken, id) : pending.slot;
  if (slot === 'full') {
    revokeLater(signedIn.refreshToken);
    return showPage(c, noFreeSlotPage(), 409);
  }
  // Always under a new id (session fixation, CWE-384); what was in its place has ended.
  const session = await browser.begin(c, { id, slot, remember: pending.remember });
  tokens.keep(session.id, { id, name }, signedIn);
  const before = taken.find((other) => other.slot === slot);
  if (before !== undefined) await endSession(before.session.id);
  return c.redirect(addressInSlot(pending.next, slot), 303);
}

function wantsAnother(c: AppContext): boolean {
  return c.req.query(SLOT_PARAMETER) === 'new';
}

async function isFull(c: AppContext, browser: BrowserSessions): Promise<boolean> {
  return chooseSlot(await browser.inSlots(c), undefined) === 'full';
}

/** Where to go on: on this site, and in whichever slot the account gets. */
function pathAfter(next: string | undefined): string {
  const path = safePath(next);
  if (path === undefined) return '/';
  const url = new URL(path, 'https://forum.invalid');
  if (!url.searchParams.has(SLOT_PARAMETER)) return path;
  url.searchParams.delete(SLOT_PARAMETER);
  return url.pathname + url.search + url.hash;
}

function addressIn({ next, slot }: PendingSignIn): string {
  return typeof slot === 'number' ? addressInSlot(next, slot) : next;
}
