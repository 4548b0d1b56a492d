import type { CredentialCarrier } from '@latchkey/protocol';
import type { SessionId, UserId } from '../ids.ts';
import type { Instant } from '../instant.ts';

/** A session as the database has it. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  /** The OAuth client that holds it; null for a browser session of our own. */
  readonly clientId: string | null;
  readonly carrier: CredentialCarrier;
  /** Random bytes in every credential's MAC, so that the server key alone forges none. */
  readonly salt: Uint8Array;
  readonly generation: number;
  readonly attempt: number;
  /** Attempt of the generation before; null where a fail-over lost it. */
  readonly previousAttempt: number | null;
  readonly rotatedAt: Instant;
  readonly confirmed: boolean;
  /**
   * The generation that has no overlap, because somebody suspicious was seen in the one before, or because the password
   * was changed; null for none.
   */
  readonly strictGeneration: number | null;
  /**
   * The session that the same browser had before, as long as nothing shows that this one's cookie arrived: until then
   * both stand. Null for none, and from then on.
   */
  readonly replaces: SessionId | null;
  readonly remember: boolean;
  /** When the user last proved who they are. */
  readonly authTime: Instant;
  /** How they proved it (RFC 8176). */
  readonly amr: readonly string[];
  readonly userAgent: string | null;
  readonly network: string | null;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant;
  readonly idleExpiresAt: Instant;
  /** Fixed at sign-in; nothing moves it. */
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
}

/** Why a session was ended; written to its row and to the audit log. */
export type SessionEndReason =
  | 'signed_out'
  | 'ended_by_user'
  | 'replaced_by_sign_in'
  | 'signed_out_others'
  | 'signed_out_everywhere'
  | 'client_changed'
  | 'client_disabled'
  | 'client_removed'
  | 'revoked_by_client'
  | 'code_reused'
  | 'too_many_sessions'
  | 'password_changed'
  | 'password_reset'
  | 'email_changed'
  | 'email_change_undone'
  | 'banned'
  | 'ended_by_operator'
  | 'account_deleted'
  | 'access_removed'
  | 'theft_found';
