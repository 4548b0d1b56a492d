import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { AuthorId, Viewer } from '../domain/types.ts';
import type { ForumContext } from '../operations/context.ts';

/** The smallest logger that the forum needs; pino is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Somebody whom this browser is signed in as. */
export interface BrowserAccount {
  /** Undefined for the first account, which has no number. */
  readonly slot: number | undefined;
  readonly id: AuthorId;
  readonly name: string;
}

/** What the pages need of signing in. `createApp` is given one; the tests give their own. */
export interface Accounts {
  /**
   * Sets `viewer`, verified in this request, from the cookie of the slot in `c.var.slot`; carries a rotated cookie on the
   * answer. Sets `accountsUnavailable` where nobody can be verified just now (no fresh revocations): the visitor reads
   * on as a stranger, and a form that is posted comes back as it was.
   */
  readonly identify: MiddlewareHandler<AppEnvironment>;
  /** Whether the viewer of this request is still signed in and not banned. Sets no cookie: a stream's head has gone. */
  isStillViewer(c: AppContext): Promise<boolean>;
  /** All accounts of this browser that are signed in, those of other slots too. Renews none. */
  listAccounts(c: AppContext): Promise<readonly BrowserAccount[]>;
  /** `/sign-in`, `/sign-out`, `/callback`, `/accounts`, `/backchannel-logout`; behind the middleware of all pages. */
  readonly routes: Hono<AppEnvironment>;
  /** `/api/…`, for programs with a bearer token. */
  readonly api: Hono<AppEnvironment>;
}

export interface AppEnvironment {
  Variables: {
    context: ForumContext;
    accounts: Accounts;
    log: Log;
    /** The slot that the address names, set before `identify`; undefined for the first account of the browser. */
    slot: number | undefined;
    /** Undefined where nobody is signed in, and where nobody can be verified. */
    viewer: Viewer | undefined;
    accountsUnavailable?: boolean;
  };
}

export type App = Hono<AppEnvironment>;
export type AppContext = Context<AppEnvironment>;
