import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Hono } from 'hono';
import type { Caller } from '../domain/audit/event.ts';
import type { AddressRange } from '../domain/network/client-address.ts';
import type { OperationContext } from '../operations/context.ts';
import type { RevocationFeed } from '../operations/revocation-feed.ts';
import type { SessionCheck } from './check-session.ts';
import type { LocalAuthority } from './local-authority.ts';
import type { Metrics } from './metrics.ts';

/** The smallest logger that the HTTP layer needs; pino is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HttpOptions {
  /** Development shows the outbox, and allows plain http on localhost. */
  readonly development: boolean;
  readonly trustedProxies: readonly AddressRange[];
  readonly requestTimeoutMs: number;
}

/** What the routes are made with. */
export interface HttpDependencies {
  readonly operations: OperationContext;
  readonly feed: RevocationFeed;
  readonly options: HttpOptions;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface AppEnvironment {
  Bindings: {
    /** Present when `node:http` serves the application. */
    readonly incoming?: IncomingMessage;
    /** Given by our own listener alone: what the answer goes out on, with nothing in between that would change it. */
    readonly direct?: ServerResponse;
    /** Given by a command of this very process, which has the database and the master secret anyway. */
    readonly authority?: LocalAuthority;
  };
  Variables: {
    requestId: string;
    caller: Caller;
    /** The check that the route made of the session, if it made one. */
    sessionCheck?: SessionCheck;
    /** The slot that the address of one of our pages names. */
    pageSlot?: number;
  };
}

export type App = Hono<AppEnvironment>;
export type AppContext = Context<AppEnvironment>;
