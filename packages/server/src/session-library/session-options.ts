import type { NamedKey } from '../domain/secrets/master-keys.ts';
import { deriveNamedKey, MIN_MASTER_SECRET_BYTES } from '../domain/secrets/master-keys.ts';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import { rotationPolicy, type RotationPolicy } from '../domain/sessions/decide-refresh.ts';
import type { SessionLifetimePolicy } from '../domain/sessions/lifetime.ts';
import type { SessionStore, StoredSession } from './session-store.ts';

export interface SessionsOptions {
  readonly store: SessionStore;
  /** 32 bytes or more, from a generator of random bytes. Another one ends every session. */
  readonly secret: string | Uint8Array;
  /** Letters, digits, `_` and `-`. Gets the prefix `__Host-` where it is `secure`, unless it has it, or `__Host-Http-`. */
  readonly cookieName: string;
  /**
   * True wherever the server is reached by https. False is for development on localhost: anybody on the network reads such
   * a cookie, and any sibling domain and any other port can plant one.
   */
  readonly secure: boolean;
  /** `Strict` (default): no other site makes the browser send it. `Lax`: sent when a link from elsewhere is followed. */
  readonly sameSite?: 'Strict' | 'Lax';
  /** W, 6 to 600 (60): how long the cookie before is still accepted. Times that honest browsers need are shares of it. */
  readonly overlapSeconds?: number;
  /** R, up to a day (600): how old a cookie is when the next one is made; at least W. A thief is found by it. */
  readonly rotateSeconds?: number;
  /** 60 or more (7 days): unused for so long, a session ends. */
  readonly idleSeconds?: number;
  /** 60 or more (30 days): the longest life of a remembered session. One that is not remembered ends after a day at most. */
  readonly maxSeconds?: number;
  /**
   * Told once of each session that two held, after it was deleted: the place to warn the user, and to end what else
   * hangs on it. Waited for; what it throws, `check` throws.
   */
  readonly onTheft?: (session: StoredSession) => void | Promise<void>;
  /** The clock, in milliseconds since the epoch (`Date.now`). */
  readonly now?: () => Instant;
}

/** What {@link SessionsOptions} come to. */
export interface SessionSettings {
  readonly store: SessionStore;
  readonly key: NamedKey;
  readonly cookieName: string;
  readonly secure: boolean;
  readonly sameSite: 'Strict' | 'Lax';
  readonly rotation: RotationPolicy;
  readonly lifetime: SessionLifetimePolicy;
  readonly onTheft: (session: StoredSession) => void | Promise<void>;
  readonly now: () => Instant;
}

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 365 * DAY_SECONDS;
/** As long as browsers keep a cookie (RFC 6265bis §5.5). */
const MAX_LIFE_SECONDS = 400 * DAY_SECONDS;
/** A browser whose answers take a second, W/6 of it, is honest. */
const MIN_OVERLAP_SECONDS = 6;
/** What browsers know as one, in any spelling (RFC 6265bis §4.1.3). */
const PREFIX = /^__(?:Host-Http|Host|Http|Secure)-/i;

/** Throws a TypeError that names the option. */
export function readOptions(options: SessionsOptions): SessionSettings {
  const { store, secure, sameSite = 'Strict', onTheft = () => undefined, now = Date.now } = options;
  check(typeof secure === 'boolean', 'secure', 'must be said: true wherever the server is reached by https');
  check(sameSite === 'Strict' || sameSite === 'Lax', 'sameSite', 'must be Strict or Lax');
  const overlapSeconds = seconds(options, 'overlapSeconds', MIN_OVERLAP_SECONDS, 600, 60);
  const rotateSeconds = seconds(options, 'rotateSeconds', 1, DAY_SECONDS, 600);
  check(rotateSeconds >= overlapSeconds, 'rotateSeconds', 'must be overlapSeconds or more');
  const cookieName = fullCookieName(options.cookieName, secure);
  return {
    store,
    key: deriveKey(options.secret, cookieName),
    cookieName,
    secure,
    sameSite,
    rotation: rotationPolicy(overlapSeconds * SECOND_MS, rotateSeconds * SECOND_MS),
    lifetime: {
      idleSeconds: seconds(options, 'idleSeconds', 60, YEAR_SECONDS, 7 * DAY_SECONDS),
      maxSeconds: seconds(options, 'maxSeconds', 60, MAX_LIFE_SECONDS, 30 * DAY_SECONDS),
    },
    onTheft,
    now,
  };
}

/** Neither Latchkey's own key nor that of another cookie, whoever else was given the same secret. */
function deriveKey(secret: string | Uint8Array, cookieName: string): NamedKey {
  const isBytes = typeof secret === 'string' || secret instanceof Uint8Array;
  const isLong = isBytes && Buffer.byteLength(secret) >= MIN_MASTER_SECRET_BYTES;
  check(isLong, 'secret', `must be ${MIN_MASTER_SECRET_BYTES} bytes or more`);
  return deriveNamedKey(secret, 'latchkey-sessions', `credential-mac ${cookieName}`);
}

function fullCookieName(name: string, secure: boolean): string {
  check(typeof name === 'string' && /^[\w-]{1,64}$/.test(name), 'cookieName', 'must be 1 to 64 of A-Z a-z 0-9 _ -');
  const fullName = secure && !PREFIX.test(name) ? `__Host-${name}` : name;
  // Of the whole name: `Http-` behind the prefix that it is given makes another prefix.
  const [prefix = ''] = PREFIX.exec(fullName) ?? [];
  const isWhole = prefix === '__Host-' || prefix === '__Host-Http-';
  // Browsers refuse the one without https (RFC 6265bis §4.1.3), and the others let sibling domains plant the cookie.
  check(prefix === '' || (isWhole && secure), 'cookieName', 'has a prefix that does not protect it here');
  // Cookies of one host are shared by all its ports, in development above all.
  check(!/^latchkey/i.test(fullName.slice(prefix.length)), 'cookieName', "must not be one of Latchkey's own");
  return fullName;
}

type SecondsOption = 'overlapSeconds' | 'rotateSeconds' | 'idleSeconds' | 'maxSeconds';

function seconds(options: SessionsOptions, name: SecondsOption, min: number, max: number, otherwise: number): number {
  const value = options[name] ?? otherwise;
  check(Number.isInteger(value) && value >= min && value <= max, name, `must be a whole number, ${min} to ${max}`);
  return value;
}

function check(holds: boolean, option: keyof SessionsOptions, what: string): void {
  if (!holds) throw new TypeError(`createSessions: ${option} ${what}`);
}
