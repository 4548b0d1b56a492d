import { DatabaseSync } from 'node:sqlite';
import { credentialOf } from '../../src/session-library/read-session.ts';
import {
  createSessions,
  sqliteSessions,
  type SessionCheck,
  type Sessions,
  type SessionsOptions,
  type SessionStore,
  type StoredSession,
} from '../../src/session-library/index.ts';
import { readOptions } from '../../src/session-library/session-options.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const SECRET = 'a secret of thirty-two bytes, or of more';
export const W = 60_000;
export const R = 600_000;
export const COOKIE = '__Host-sawal';

/** Sessions in a database of their own, at a time that stands still. */
export interface Trial {
  readonly clock: { now: number };
  readonly store: SessionStore;
  readonly sessions: Sessions;
  /** What `onTheft` was told. */
  readonly thefts: readonly StoredSession[];
  /** Another server on the same database. */
  readonly another: (changes?: Partial<SessionsOptions>) => Sessions;
  /** The cookie of a session with this credential, as a browser sends it. */
  readonly cookie: (session: StoredSession, generation?: number, attempt?: number) => string;
}

export function openTrial(changes: Partial<SessionsOptions> = {}): Trial {
  const clock = { now: NOW };
  const thefts: StoredSession[] = [];
  const store = changes.store ?? sqliteSessions(new DatabaseSync(':memory:'));
  const options: SessionsOptions = {
    store,
    secret: SECRET,
    cookieName: 'sawal',
    secure: true,
    now: () => clock.now,
    onTheft: (session) => void thefts.push(session),
    ...changes,
  };
  const settings = readOptions(options);
  return {
    clock,
    store,
    thefts,
    sessions: createSessions(options),
    another: (others) => createSessions({ ...options, ...others }),
    cookie: (session, generation = session.generation, attempt = session.attempt) =>
      `${settings.cookieName}=${credentialOf(settings, { ...session, generation, attempt })}`,
  };
}

/** What the browser sends after an answer with this text. */
export function sent(setCookie: string): string {
  return setCookie.slice(0, setCookie.indexOf(';'));
}

/** What came of a check, in a word, and the cookie of the answer. */
export function outcomeOf(check: SessionCheck): { readonly kind: string; readonly cookie: string | undefined } {
  const setCookie = check.setCookie();
  const cookie = setCookie === undefined ? undefined : sent(setCookie);
  return { kind: check.session === undefined ? 'nobody' : cookie === undefined ? 'live' : 'renewed', cookie };
}
