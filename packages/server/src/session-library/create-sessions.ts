import { randomBytes } from 'node:crypto';
import { MAX_SLOTS } from '@latchkey/protocol';
import { isSessionId, newId, type SessionId } from '../domain/ids.ts';
import { HOUR_MS, type Instant } from '../domain/instant.ts';
import { cookieMaxAge, httpOnlyCookie, readCookie } from '../domain/sessions/cookie-text.ts';
import { SALT_BYTES } from '../domain/sessions/credential.ts';
import { answerWithinMs } from '../domain/sessions/decide-refresh.ts';
import { absoluteExpiry, idleExpiry } from '../domain/sessions/lifetime.ts';
import { credentialOf, peekSession, readSession } from './read-session.ts';
import { readOptions, type SessionSettings, type SessionsOptions } from './session-options.ts';
import type { StoredSession } from './session-store.ts';

export interface BeginRequest {
  /** Whose session it is; not empty. */
  readonly subject: string;
  /** Whether the cookie outlives the browser. */
  readonly remember: boolean;
  /** 0 to 9, for a further account of the same browser. */
  readonly slot?: number | undefined;
}

export interface BegunSession {
  readonly session: StoredSession;
  /** The `Set-Cookie` text of the answer, which must have `Cache-Control: no-store`. */
  readonly setCookie: string;
}

export interface CheckRequest {
  /** The `Cookie` header, as it came. */
  readonly cookie: string | null | undefined;
  /** 0 to 9, where the request names a slot. */
  readonly slot?: number | undefined;
  /** False where the answer cannot carry a cookie: then nothing rotates. Default: true. */
  readonly canSetCookie?: boolean | undefined;
}

export interface SessionCheck {
  /** The live session; undefined where nobody is signed in, for whatever reason. */
  readonly session: StoredSession | undefined;
  /**
   * The `Set-Cookie` text that the answer is to carry, undefined for none. An answer that carries one must have
   * `Cache-Control: no-store`, else a shared cache hands the session to others; whatever its status is, it must carry it.
   * To be asked when the headers leave, for a rotation that was decided longer than W/12 ago is kept back: its cookie might
   * arrive after a newer one. So is one of a session that `end` was called for meanwhile: its cookie would stand behind
   * what a sign-out or a sign-in has put into the same answer, and win.
   */
  readonly setCookie: () => string | undefined;
}

export interface SlotSession {
  /** Undefined for the cookie without a slot. */
  readonly slot: number | undefined;
  readonly session: StoredSession;
}

/**
 * Rotating sessions of one cookie name. What it does *not* check, and the application must: that a request is not forged by
 * another site (Fetch Metadata or `Origin`; `SameSite` does not stop siblings of the site), that the subject may still do
 * anything, and from which network or browser a cookie comes.
 */
export interface Sessions {
  /**
   * Begins a session, always under a new id. One that the browser had before in that slot is left: `end` the one that
   * `check` found, or its rotated cookie may be set over the new one. Now and then this deletes sessions that have
   * expired. Throws a RangeError for a slot that is none, and whatever the store throws.
   */
  begin(request: BeginRequest): Promise<BegunSession>;
  /**
   * Finds the session of a request. Anything in the cookie that is not a live session's is nobody, and never throws; a slot
   * that is none is a RangeError, a store that gives other types than {@link StoredSession} has is a TypeError, and whatever
   * the store and `onTheft` throw is thrown.
   */
  check(request: CheckRequest): Promise<SessionCheck>;
  /** Ends a session: its cookies are worth nothing at once. False where there is none. */
  end(id: string): Promise<boolean>;
  /** The `Set-Cookie` text that takes the cookie away. */
  endedCookie(slot?: number): string;
  /** The slots whose cookie is there and whose session lives, the one without a slot first. Writes nothing, renews none. */
  slots(cookie: string | null | undefined): Promise<readonly SlotSession[]>;
}

const SLOTS: readonly (number | undefined)[] = [undefined, ...Array.from({ length: MAX_SLOTS }, (_, slot) => slot)];
const NOBODY: SessionCheck = { session: undefined, setCookie: () => undefined };

/** Throws a TypeError that names the option that is wrong or dangerous. */
export function createSessions(options: SessionsOptions): Sessions {
  const settings = readOptions(options);
  const { store, now } = settings;
  const withinMs = answerWithinMs(settings.rotation);
  const ended = recentIds(withinMs);
  let cleanedAt = Number.NEGATIVE_INFINITY;

  return {
    async begin({ subject, remember, slot }) {
      const name = nameInSlot(settings, slot);
      const session = newSession(settings, subject, remember);
      if (session.createdAt >= cleanedAt + HOUR_MS) {
        cleanedAt = session.createdAt;
        await store.deleteExpired(session.createdAt);
      }
      await store.insert(session);
      return { session, setCookie: sessionCookie(settings, name, session, now()) };
    },

    async check({ cookie, slot, canSetCookie = true }) {
      const name = nameInSlot(settings, slot);
      const credential = readCookie(cookie, name);
      const reading = credential === undefined ? undefined : await readSession(settings, credential, canSetCookie);
      if (reading === undefined) return NOBODY;
      const { session, renewal } = reading;
      if (renewal === undefined) return { session, setCookie: () => undefined };
      const isToLeave = () => performance.now() - renewal.decidedAtMs <= withinMs && !ended.has(session.id);
      return { session, setCookie: () => (isToLeave() ? sessionCookie(settings, name, session, now()) : undefined) };
    },

    async end(id) {
      if (!isSessionId(id)) return false;
      ended.add(id);
      return store.change(id, (session) => ({ next: session && null, result: session !== undefined }));
    },

    endedCookie(slot) {
      return cookieText(settings, nameInSlot(settings, slot), '', 0);
    },

    async slots(cookie) {
      const found = await Promise.all(
        SLOTS.map(async (slot): Promise<SlotSession | undefined> => {
          const credential = readCookie(cookie, nameInSlot(settings, slot));
          const session = credential === undefined ? undefined : await peekSession(settings, credential);
          return session && { slot, session };
        }),
      );
      return found.filter((each) => each !== undefined);
    },
  };
}

/** Remembers ids for as long as an answer may take to leave. */
function recentIds(keepMs: number) {
  const addedAt = new Map<SessionId, number>();
  return {
    has: (id: SessionId) => addedAt.has(id),
    add(id: SessionId) {
      const now = performance.now();
      for (const [old, at] of addedAt) {
        if (now - at <= keepMs) break;
        addedAt.delete(old);
      }
      addedAt.delete(id);
      addedAt.set(id, now);
    },
  };
}

function newSession({ lifetime, now }: SessionSettings, subject: string, remember: boolean): StoredSession {
  if (typeof subject !== 'string' || subject === '') throw new TypeError('A session needs a subject');
  const createdAt = now();
  const expiresAt = absoluteExpiry(lifetime, remember, createdAt);
  return {
    id: newId('ses', createdAt, randomBytes),
    subject,
    salt: randomBytes(SALT_BYTES),
    generation: 0,
    attempt: 0,
    previousAttempt: null,
    rotatedAt: createdAt,
    confirmed: false,
    remember,
    createdAt,
    lastUsedAt: createdAt,
    idleExpiresAt: idleExpiry(lifetime, expiresAt, createdAt),
    expiresAt,
  };
}

function nameInSlot({ cookieName }: SessionSettings, slot: number | undefined): string {
  if (!SLOTS.includes(slot)) throw new RangeError(`A slot is 0 to ${MAX_SLOTS - 1}`);
  return slot === undefined ? cookieName : `${cookieName}.${slot}`;
}

function sessionCookie(settings: SessionSettings, name: string, session: StoredSession, now: Instant): string {
  return cookieText(settings, name, credentialOf(settings, session), cookieMaxAge(session, now));
}

function cookieText(
  { secure, sameSite }: SessionSettings,
  name: string,
  value: string,
  maxAgeSeconds: number | undefined,
): string {
  return httpOnlyCookie(name, value, { maxAgeSeconds, path: '/', secure, sameSite });
}
