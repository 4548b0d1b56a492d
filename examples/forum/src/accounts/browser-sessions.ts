import { createMiddleware } from 'hono/factory';
import type { Sessions, StoredSession } from 'latchkey/sessions';
import { parseAuthorId } from '../domain/author-id.ts';
import type { AuthorId } from '../domain/types.ts';
import type { Accounts, AppContext, AppEnvironment, BrowserAccount } from '../http/environment.ts';
import type { Standing } from './standing.ts';
import type { TokenKeeper } from './token-keeper.ts';

export interface BrowserSessionsParts {
  readonly sessions: Sessions;
  readonly tokens: TokenKeeper;
  readonly standingOf: (session: StoredSession) => Promise<Standing>;
}

/** The forum's sessions, as requests bring them and answers carry them. */
export class BrowserSessions implements Pick<Accounts, 'identify' | 'isStillViewer' | 'listAccounts'> {
  readonly #parts: BrowserSessionsParts;
  /** What the cookie of a request's slot was found to be. */
  readonly #found = new WeakMap<AppContext, StoredSession>();
  /** Requests whose answer sets the cookie of its slot by itself. */
  readonly #settled = new WeakSet<AppContext>();

  constructor(parts: BrowserSessionsParts) {
    this.#parts = parts;
  }

  readonly identify = createMiddleware<AppEnvironment>(async (c, next) => {
    const { sessions } = this.#parts;
    const { slot } = c.var;
    const check = await sessions.check({ cookie: c.req.header('Cookie'), slot });
    const { session } = check;
    if (session !== undefined) {
      this.#found.set(c, session);
      await this.#applyStanding(c, session);
    }
    await next();
    // Asked for now: a cookie that would leave too late is kept back.
    const cookie = this.#settled.has(c) ? undefined : check.setCookie();
    if (cookie !== undefined) this.#carry(c, cookie);
  });

  /** As {@link Accounts.isStillViewer}. While nobody can tell, an open stream stays: it only says that there is news. */
  async isStillViewer(c: AppContext): Promise<boolean> {
    const session = this.#found.get(c);
    const { viewer } = c.var;
    if (session === undefined || viewer === undefined) return false;
    const standing = await this.#parts.standingOf(session);
    return standing.kind === 'unknown' || (standing.kind === 'viewer' && standing.viewer.id === viewer.id);
  }

  async listAccounts(c: AppContext): Promise<readonly BrowserAccount[]> {
    const live = await this.#parts.sessions.slots(c.req.header('Cookie'));
    return live.flatMap(({ slot, session }) => {
      const id = parseAuthorId(session.subject);
      const name = this.#parts.tokens.read(session.id)?.name;
      return id === undefined || name === undefined ? [] : [{ slot, id, name }];
    });
  }

  /** Sessions of this browser, whoever they are. */
  inSlots(c: AppContext): ReturnType<Sessions['slots']> {
    return this.#parts.sessions.slots(c.req.header('Cookie'));
  }

  /** The session that the request came with, in its slot. */
  found(c: AppContext): StoredSession | undefined {
    return this.#found.get(c);
  }

  /** Begins a session. The answer carries its cookie. */
  async begin(
    c: AppContext,
    who: { readonly id: AuthorId; readonly slot: number | undefined; readonly remember: boolean },
  ): Promise<StoredSession> {
    const { id: subject, slot, remember } = who;
    const { session, setCookie } = await this.#parts.sessions.begin({ subject, remember, slot });
    if (slot === c.var.slot) this.#settled.add(c);
    this.#carry(c, setCookie);
    return session;
  }

  /** Ends the session of the request's slot here. The answer takes the cookie away. */
  async end(c: AppContext): Promise<void> {
    const session = this.#found.get(c);
    if (session !== undefined) await this.#parts.sessions.end(session.id);
    this.#found.delete(c);
    this.#settled.add(c);
    this.#carry(c, this.#parts.sessions.endedCookie(c.var.slot));
  }

  async #applyStanding(c: AppContext, session: StoredSession): Promise<void> {
    const standing = await this.#parts.standingOf(session);
    switch (standing.kind) {
      case 'viewer':
        c.set('viewer', standing.viewer);
        return;
      case 'unknown':
        c.set('accountsUnavailable', true);
        return;
      case 'ended':
        await this.end(c);
    }
  }

  #carry(c: AppContext, cookie: string): void {
    c.header('Set-Cookie', cookie, { append: true });
    // A cache that kept it would hand the session to others.
    c.header('Cache-Control', 'no-store');
  }
}
