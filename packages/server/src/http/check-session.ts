import type { Caller } from '../domain/audit/event.ts';
import type { OperationContext } from '../operations/context.ts';
import { refreshSession, type LiveSession, type Renewal, type SessionReading } from '../operations/refresh-session.ts';
import { answerWithinMs, type RotationPolicy } from '../domain/sessions/decide-refresh.ts';
import { readCookie } from '../domain/sessions/cookie-text.ts';
import { credentialCookieName, refreshOwner, sessionCookie, type CookiePlace } from './session-cookie.ts';

/** What a session check needs of a request. */
export interface SessionCheckRequest {
  /** The `Cookie` header. */
  readonly cookie: string | null | undefined;
  /** 0 to 9, where the request names a slot. */
  readonly slot?: number | undefined;
  /** Where the credential is kept. Default: `origin`. */
  readonly place?: CookiePlace;
  /** Who asks, as far as the connection tells. */
  readonly caller?: Caller;
  /** False where the answer cannot carry a cookie: then nothing rotates. */
  readonly canSetCookie?: boolean;
}

/** The outcome of a session check. */
export interface SessionCheck {
  /** The live session, or undefined where nobody is signed in. */
  readonly session: LiveSession | undefined;
  /**
   * The `Set-Cookie` text that the answer is to carry, with `Cache-Control: no-store`; undefined for none. To be
   * asked when the headers leave: a rotation that was decided too long ago is kept back.
   */
  setCookie(): string | undefined;
}

const noCookie = (): undefined => undefined;
const NOBODY: SessionCheck = { session: undefined, setCookie: noCookie };
const UNKNOWN_CALLER: Caller = { network: null, userAgent: null };

/** Finds a request's session by its cookie, by the rules of rotation. Synchronous where it is in memory. */
export function checkSession(
  context: OperationContext,
  request: SessionCheckRequest,
): SessionCheck | Promise<SessionCheck> {
  const { slot, place = 'origin', caller = UNKNOWN_CALLER, canSetCookie = true } = request;
  const credential = readCookie(request.cookie, credentialCookieName(context.policy.issuer, slot, place));
  if (credential === undefined) return NOBODY;
  const owner = place === 'origin' ? undefined : (refreshOwner(context.policy.issuer, slot, request.cookie) ?? '');
  if (owner === '') return NOBODY;
  const reading = refreshSession(context, { credential, carrier: 'cookie', canRenew: canSetCookie, caller });
  return reading instanceof Promise
    ? reading.then((read) => toCheck(context, read, slot, place, owner))
    : toCheck(context, reading, slot, place, owner);
}

function toCheck(
  context: OperationContext,
  reading: SessionReading,
  slot: number | undefined,
  place: CookiePlace,
  owner: string | undefined,
): SessionCheck {
  if (reading.kind === 'none' || (owner !== undefined && owner !== reading.session.id)) return NOBODY;
  const { renewal, session } = reading;
  if (renewal === undefined) return { session: reading, setCookie: noCookie };
  return {
    session: reading,
    setCookie: () =>
      isInTime(renewal, context.policy.rotation.cookie)
        ? sessionCookie(context.policy.issuer, slot, renewal.credential, session, context.clock(), place)
        : undefined,
  };
}

/**
 * Whether an answer with the renewal may still leave. A later one could arrive when the overlap is over and put
 * an old cookie over a newer one. Kept back, the client asks again with what it has, and rule 4 or 5 answers.
 */
export function isInTime(renewal: Pick<Renewal, 'decidedAtMs'>, policy: RotationPolicy): boolean {
  return performance.now() - renewal.decidedAtMs <= answerWithinMs(policy);
}
