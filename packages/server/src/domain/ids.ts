import { v7 } from 'uuid';
import type { Instant } from './instant.ts';

/** What an id names; its prefix, so that one kind is never mistaken for another. */
export type IdKind = 'usr' | 'ses' | 'cli' | 'aud' | 'mail' | 'lgo';

export type Id<Kind extends IdKind> = `${Kind}_${string}`;
export type UserId = Id<'usr'>;
export type SessionId = Id<'ses'>;
export type ClientId = Id<'cli'>;

/** Source of cryptographically secure random bytes, an argument everywhere in the domain. */
export type RandomBytes = (length: number) => Uint8Array;

/** A new id: the prefix and a version 7 UUID (RFC 9562 §5.7) in hexadecimal, so that ids sort by age. */
export function newId<Kind extends IdKind>(kind: Kind, now: Instant, random: RandomBytes): Id<Kind> {
  return `${kind}_${v7({ msecs: now, random: random(16) }).replaceAll('-', '')}`;
}

const USER_ID = /^usr_[0-9a-f]{32}$/;
const SESSION_ID = /^ses_[0-9a-f]{32}$/;
const CLIENT_ID = /^cli_[0-9a-f]{32}$/;
const AUDIT_EVENT_ID = /^aud_[0-9a-f]{32}$/;

export function isUserId(text: string): text is UserId {
  return USER_ID.test(text);
}

export function isSessionId(text: string): text is SessionId {
  return SESSION_ID.test(text);
}

export function isClientId(text: string): text is ClientId {
  return CLIENT_ID.test(text);
}

export function isAuditEventId(text: string): text is Id<'aud'> {
  return AUDIT_EVENT_ID.test(text);
}

/** Not above any id that was made at this instant or later, and not below any from before (RFC 9562 §5.7). */
export function lowestIdAt<Kind extends IdKind>(kind: Kind, instant: Instant): Id<Kind> {
  return `${kind}_${Math.max(0, Math.floor(instant)).toString(16).padStart(12, '0')}`;
}

/** The 16 bytes behind a session id. */
export function sessionIdToBytes(id: SessionId): Uint8Array {
  return Buffer.from(id.slice('ses_'.length), 'hex');
}

/** The session id of 16 bytes: the inverse of {@link sessionIdToBytes}. */
export function sessionIdFromBytes(bytes: Uint8Array): SessionId {
  return `ses_${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}
