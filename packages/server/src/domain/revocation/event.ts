import type { ClientId, SessionId, UserId } from '../ids.ts';
import { MINUTE_MS, SECOND_MS, type Instant } from '../instant.ts';

/** What was revoked: an entry of the log that every verifier follows. */
export type RevocationEvent =
  /** Every token of the session. */
  | { readonly kind: 'session'; readonly key: SessionId }
  /** Tokens of a branch that was given up: `session id:generation.attempt`. */
  | { readonly kind: 'branch'; readonly key: `${SessionId}:${number}.${number}` }
  /** Every token of the user whose subject version is lower. A version, not a time: clocks differ. */
  | { readonly kind: 'subject'; readonly key: UserId; readonly minVersion: number }
  /** Every token of the client whose client version is lower. */
  | { readonly kind: 'client'; readonly key: ClientId; readonly minVersion: number }
  /** One token, by its `jti`. */
  | { readonly kind: 'token'; readonly key: string }
  /** All that a signing key signed, by its `kid`. */
  | { readonly kind: 'key'; readonly key: string };

/** Events of sessions that ended. */
export function endsOf(sessions: readonly SessionId[]): readonly RevocationEvent[] {
  return sessions.map((key) => ({ kind: 'session', key }));
}

/** Clock skew that verifiers allow for, and the time from reading the state to signing the token. */
const SKEW_MS = MINUTE_MS;

/** From when on no token that the event could match is alive, so that the log may forget it. */
export function dropRevocationAfter(now: Instant, maxTokenTtlSeconds: number): Instant {
  return now + maxTokenTtlSeconds * SECOND_MS + SKEW_MS;
}
