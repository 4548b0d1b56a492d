import type { RevocableClaims } from './live-revocations.ts';
import type { RevokedListener } from './revoked-listeners.ts';
import type { VerifiedToken } from '../verified-token.ts';

/** What to do about revocation on a route, where it is to be something else than the verifier's own setting. */
export interface RevocationPolicy {
  /** `introspect`: ask the issuer about every token (RFC 7662). Exact, at the price of a request each time. */
  readonly check?: 'introspect' | undefined;
  /**
   * What to do while it is not known well enough what has been revoked: `introspect` asks the issuer about each token,
   * `closed` refuses with 503, `open` accepts and tells `onStaleAccepted`.
   */
  readonly whenStale?: WhenStale | undefined;
}

export type WhenStale = 'introspect' | 'closed' | 'open';

/** How a verifier stands towards the issuer's revocations: for health checks and metrics. */
export interface VerifierStatus {
  /** Whether everything that was revoked has been known at least once. */
  readonly synchronised: boolean;
  /** Age of what is known, in milliseconds; infinite before it was known once. */
  readonly stalenessMs: number;
  /** Revocations that are kept. */
  readonly events: number;
  /** Tokens that were refused as revoked, each time that one was shown. */
  readonly refused: number;
  /** What brings the revocations at present; `off` where the verifier was made with `revocation: 'none'`. */
  readonly transport: 'stream' | 'poll' | 'none' | 'off';
  /** How far our wall clock is ahead of the issuer's, about, in milliseconds; undefined while that is not known. */
  readonly clockOffsetMs: number | undefined;
}

/** A token that has passed every other rule. */
export interface CheckedToken {
  readonly token: string;
  /** Of the issuer's key; undefined where a client has signed it. */
  readonly kid: string | undefined;
  /** What it can be revoked by. */
  readonly revocable: RevocableClaims;
  readonly expiresAtMs: number;
  readonly verified: VerifiedToken;
  /** Given back for every request with the token: a promise that is resolved. */
  readonly answer: Promise<VerifiedToken>;
  /** Count of the revocations' changes at which none was about it. */
  clearedAt: number;
}

/** Is told what the revocations mean for keys that are kept elsewhere. */
export interface KeyListener {
  /** Called for each key that turns out to be revoked. */
  readonly onKeyRevoked: (kid: string) => void;
  /** Called where any client was revoked. */
  readonly onClientRevoked: () => void;
  /** Called where the log could not be followed for a while. What it has forgotten since shows in the keys alone. */
  readonly onGap: () => void;
}

/** Whether tokens have been revoked. */
export interface RevocationCheck {
  /** Whether this token, which passed before, passes again without a closer look. Takes a few nanoseconds. */
  isClear(token: CheckedToken, wallMs: number, monotonicMs: number, policy: RevocationPolicy | undefined): boolean;
  /** The closer look. @throws {VerifierError} The promise rejects with one. */
  decide(token: CheckedToken, policy: RevocationPolicy | undefined): Promise<VerifiedToken>;
  isKeyRevoked(kid: string): boolean;
  /** Whether this version of a client has been revoked, and with it what is known of the client's keys. */
  isClientRevoked(clientId: string, version: number): boolean;
  /** Tells of what is revoked from now on, and begins to follow the revocations. Gives what ends it. */
  onRevoked(listener: RevokedListener): () => void;
  /** Begins to follow the revocations, if that has not been done. */
  start(): void;
  /** Resolves once all revocations are known. Rejects with a `VerifierError` after the time given. */
  ready(timeoutMs: number): Promise<void>;
  status(): VerifierStatus;
  close(): Promise<void>;
}
