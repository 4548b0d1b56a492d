import type { Hono } from 'hono';
import type { AppEnvironment } from '../http/environment.ts';
import { readForm } from '../http/form-body.ts';
import { showPage } from '../http/show-page.ts';
import { LatchkeyUnavailable, type AuthorizationServer } from './authorization-server.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { accountsPage } from './pages.ts';
import type { TokenKeeper } from './token-keeper.ts';

export interface SignOutParts {
  readonly server: AuthorizationServer;
  readonly browser: BrowserSessions;
  readonly tokens: TokenKeeper;
  readonly issuer: string;
  /** Ends the forum's session at Latchkey, for nobody has a use for it any more. */
  readonly revokeLater: (refreshToken: string) => void;
}

/** `/sign-out`, here or at Latchkey too, and `/accounts`, where the accounts of this browser are. */
export function mountSignOut(routes: Hono<AppEnvironment>, parts: SignOutParts): void {
  const { server, browser, tokens, revokeLater } = parts;

  routes.get('/accounts', async (c) => showPage(c, accountsPage(await browser.listAccounts(c), parts.issuer)));

  routes.post('/sign-out', async (c) => {
    const isEverywhere = (await readForm(c)).has('everywhere');
    const session = browser.found(c);
    const kept = session && tokens.read(session.id);
    // Here it is over, whatever becomes of the rest.
    await browser.end(c);
    if (kept === undefined) return c.redirect('/', 303);
    revokeLater(kept.refreshToken);
    if (!isEverywhere) return c.redirect('/', 303);
    try {
      return c.redirect((await server.endSessionUrl(kept.idToken)).href, 303);
    } catch (error) {
      if (!(error instanceof LatchkeyUnavailable)) throw error;
      c.var.log.warn({ err: error }, 'somebody could not be signed out at Latchkey');
      return c.redirect('/', 303);
    }
  });
}
