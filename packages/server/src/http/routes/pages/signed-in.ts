import { PAGES } from '@latchkey/protocol';
import type { LiveSession } from '../../../operations/refresh-session.ts';
import { currentSession } from '../../current-session.ts';
import type { AppContext, HttpDependencies } from '../../environment.ts';

type SignedInHandler = (c: AppContext, current: LiveSession) => Promise<Response>;

/** Runs a page's handler for whoever is signed in; all others are sent to the sign-in page, and back afterwards. */
export function forSignedIn(dependencies: HttpDependencies) {
  return (handle: SignedInHandler) =>
    async (c: AppContext): Promise<Response> => {
      const current = await currentSession(c, dependencies);
      return current === undefined ? toSignIn(c) : handle(c, current);
    };
}

/** To the sign-in page, and from there to the account. */
export function toSignIn(c: AppContext): Response {
  return c.redirect(`${PAGES.signIn}?notice=sign-in-first&next=${encodeURIComponent(PAGES.account)}`, 303);
}
