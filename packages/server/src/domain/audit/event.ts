/** What the audit log knows. Present tense has no place here: each is something that happened. */
export type AuditEventType =
  | 'user.signed_up'
  | 'user.sign_up_repeated'
  | 'user.email_verification_requested'
  | 'user.email_verified'
  | 'user.created'
  | 'user.imported'
  | 'user.password_changed'
  | 'user.password_rehashed'
  | 'user.password_reset_requested'
  | 'user.password_reset'
  | 'user.email_change_requested'
  | 'user.email_changed'
  | 'user.email_change_undone'
  | 'user.banned'
  | 'user.unbanned'
  | 'user.role_changed'
  | 'user.role_granted'
  | 'user.role_withdrawn'
  | 'user.deleted'
  | 'user.magic_link_requested'
  | 'user.signed_in'
  | 'user.sign_in_failed'
  | 'session.ended'
  | 'sessions.ended'
  | 'session.theft_found'
  | 'session.foreign_use'
  | 'session.branched'
  | 'session.adopted'
  | 'administrator.created'
  | 'client.added'
  | 'client.changed'
  | 'client.disabled'
  | 'client.enabled'
  | 'client.secret_rotated'
  | 'client.keys_replaced'
  | 'client.keys_not_fetched'
  | 'client.removed'
  | 'authorization.granted'
  | 'authorization.denied'
  | 'authorization.withdrawn'
  | 'code.exchanged'
  | 'code.reused'
  | 'token.revoked'
  | 'token.exchanged'
  | 'keys.created'
  | 'keys.rotated'
  | 'keys.revoked'
  | 'password.breach_check_failed'
  | 'mail.given_up'
  | 'logout_notice.given_up';

export type AuditOutcome = 'success' | 'failure';

/** Who sent a request, as far as the connection tells. Both are claims, kept for people to read. */
export interface Caller {
  readonly network: string | null;
  readonly userAgent: string | null;
}

export interface AuditEvent {
  readonly type: AuditEventType;
  readonly outcome: AuditOutcome;
  /** Who did it: a user's id, `server`, `cli`, or null for somebody unknown. */
  readonly actor: string | null;
  /** What it was done to: the id of a user, session, client, token or key. */
  readonly target: string | null;
  readonly caller: Caller | null;
  /** What else there is to know. Never a credential, never a password. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}
