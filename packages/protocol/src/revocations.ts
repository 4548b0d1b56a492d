/**
 * The revocation feed: what an authorization server tells of its log, and resource servers follow.
 *
 * `GET /revocations?epoch=E&after=C` answers with what came after a cursor: one {@link RevocationPage} as JSON, or, for
 * `Accept: text/event-stream`, a stream whose every message is one (`event: page`). `GET /revocations/snapshot` answers
 * with a page of all events that still matter. 410 `revocations_gone`: the log cannot say what came after this cursor,
 * so take the snapshot.
 */
export interface RevocationPage {
  /** Names the log. Another one: nothing that was known of places in it counts. */
  readonly epoch: string;
  /** Place of the newest event when the log was read; 0 before the first. */
  readonly head: number;
  /**
   * Cursor behind the last event of this page: the `after` of the next request. Opaque; it names the event as well as
   * its place, so that a log that was put back to an earlier backup and grew again is found out.
   */
  readonly cursor: string;
  /** Place of the last event of this page, or of the cursor that was asked with where there is none. */
  readonly seq: number;
  /**
   * From the arrival of the request to the reading of the log, in milliseconds by the server's monotonic clock;
   * negative if it was read before. Added to the moment at which the request was sent, it gives a moment at which this
   * page was certainly complete.
   */
  readonly elapsed_ms: number;
  /** The server's wall clock when the log was read, in milliseconds since the epoch. */
  readonly now: number;
  /** In the order of commits. Of a page without gaps; of a snapshot with gaps where events have been dropped. */
  readonly events: readonly WireRevocation[];
}

/** An event on the wire. A kind that is not known is to be ignored: it is of a newer server. */
export interface WireRevocation {
  /** Place in the log: in the order of commits, without gaps. */
  readonly seq: number;
  readonly kind: RevocationKind;
  /** Which one: by kind a session id, `session id:generation.attempt`, user id, client id, `jti` or `kid`. */
  readonly key: string;
  /** For a subject and a client: tokens with a lower version are refused. */
  readonly min_version?: number;
  /** From when on no token that it matches is alive, in milliseconds since the epoch by the server's clock. */
  readonly drop_after: number;
}

export const REVOCATION_KINDS = ['session', 'branch', 'subject', 'client', 'token', 'key'] as const;
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** Longest time between two messages of a stream: the newest page, without events where there were none. */
export const REVOCATION_HEARTBEAT_MS = 1000;

/** Scope that a client needs to read the feed. */
export const REVOCATIONS_SCOPE = 'revocations:read';
/** Scope that a client needs to introspect tokens (RFC 7662). */
export const INTROSPECT_SCOPE = 'introspect';

/** The key of a `branch` event, from a token's `sid` and `br`. */
export function branchKey<Session extends string, Branch extends string>(
  sessionId: Session,
  branch: Branch,
): `${Session}:${Branch}` {
  return `${sessionId}:${branch}`;
}
