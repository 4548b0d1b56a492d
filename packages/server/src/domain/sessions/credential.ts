import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  CREDENTIAL_LAYOUT as LAYOUT,
  CREDENTIAL_PREFIXES,
  CREDENTIAL_VERSION,
  type CredentialCarrier,
} from '@latchkey/protocol';
import { sessionIdFromBytes, sessionIdToBytes, type SessionId } from '../ids.ts';
import type { NamedKey } from '../secrets/master-keys.ts';
import type { Session } from './session.ts';

/** What a credential says, before its MAC has been checked: nothing here may be believed yet. */
export interface PresentedCredential {
  readonly carrier: CredentialCarrier;
  readonly keyId: number;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly attempt: number;
  /** All bytes that the MAC covers, besides the salt. */
  readonly signed: Uint8Array;
  readonly mac: Uint8Array;
}

const HEAD_BYTES = LAYOUT.version + LAYOUT.keyId + LAYOUT.sessionId + LAYOUT.generation + LAYOUT.attempt;
const BODY_BYTES = HEAD_BYTES + LAYOUT.mac;
const BODY_CHARACTERS = Math.ceil((BODY_BYTES * 4) / 3);
const CHECKSUM_CHARACTERS = Math.ceil((LAYOUT.checksum * 4) / 3);
const CREDENTIAL = new RegExp(`^lk[sr]_[A-Za-z0-9_-]{${BODY_CHARACTERS + CHECKSUM_CHARACTERS}}$`);

/** Version, key id and session id fill whole characters: the text up to here names the session. */
const SESSION_PART_BYTES = LAYOUT.version + LAYOUT.keyId + LAYOUT.sessionId;
const SESSION_PART_CHARACTERS = CREDENTIAL_PREFIXES.cookie.length + (SESSION_PART_BYTES * 4) / 3;
export const CREDENTIAL_CHARACTERS = CREDENTIAL_PREFIXES.cookie.length + BODY_CHARACTERS + CHECKSUM_CHARACTERS;

export const MAX_ATTEMPT = 0xffff;
export const SALT_BYTES = 16;

type CredentialRow = Pick<Session, 'id' | 'carrier' | 'salt' | 'generation' | 'attempt'>;

/** The credential of a session's row: a pure function of it, so that a retry is answered with the same bytes. */
export function encodeCredential(row: CredentialRow, key: NamedKey): string {
  const prefix = CREDENTIAL_PREFIXES[row.carrier];
  const head = encodeHead(row, key);
  const body = Buffer.concat([head, macOf(head, row.carrier, row.salt, key)]).toString('base64url');
  return prefix + body + checksumOf(prefix + body);
}

/** The part of a credential that is the same for all of a session's credentials. No secret, and no proof. */
export function sessionPartOfCredential(credential: string): string {
  return credential.slice(0, SESSION_PART_CHARACTERS);
}

/** What {@link sessionPartOfCredential} gives for every credential of the session. */
export function sessionPartOf(row: Pick<Session, 'id' | 'carrier'>, key: NamedKey): string {
  const head = encodeHead({ ...row, generation: 0, attempt: 0 }, key);
  return CREDENTIAL_PREFIXES[row.carrier] + head.toString('base64url', 0, SESSION_PART_BYTES);
}

/**
 * Reads a credential. Undefined for anything that this server cannot have written: another carrier,
 * another length, another alphabet, a wrong checksum, another version, or bits beyond the last byte.
 */
export function parseCredential(text: string, carrier: CredentialCarrier): PresentedCredential | undefined {
  const prefix = CREDENTIAL_PREFIXES[carrier];
  if (text.length !== CREDENTIAL_CHARACTERS || !text.startsWith(prefix) || !CREDENTIAL.test(text)) return undefined;

  const unchecked = text.slice(0, -CHECKSUM_CHARACTERS);
  if (checksumOf(unchecked) !== text.slice(-CHECKSUM_CHARACTERS)) return undefined;

  const encoded = unchecked.slice(prefix.length);
  const body = Buffer.from(encoded, 'base64url');
  // Base64 decoders drop spare bits: without this, one credential would have several spellings.
  if (body.toString('base64url') !== encoded) return undefined;
  if (body.readUInt8(0) !== CREDENTIAL_VERSION) return undefined;

  const sessionIdAt = LAYOUT.version + LAYOUT.keyId;
  const generationAt = sessionIdAt + LAYOUT.sessionId;
  return {
    carrier,
    keyId: body.readUInt8(LAYOUT.version),
    sessionId: sessionIdFromBytes(body.subarray(sessionIdAt, generationAt)),
    generation: body.readUInt32BE(generationAt),
    attempt: body.readUInt16BE(generationAt + LAYOUT.generation),
    signed: body.subarray(0, HEAD_BYTES),
    mac: body.subarray(HEAD_BYTES),
  };
}

/**
 * Whether this server wrote the credential for the session with this salt; compares in constant time.
 * To be asked before anything that may revoke: else knowing a session's id would be enough to end it.
 */
export function isAuthentic(presented: PresentedCredential, salt: Uint8Array, key: NamedKey): boolean {
  return (
    presented.keyId === key.id && timingSafeEqual(presented.mac, macOf(presented.signed, presented.carrier, salt, key))
  );
}

function encodeHead(row: Omit<CredentialRow, 'salt'>, key: NamedKey): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  let offset = head.writeUInt8(CREDENTIAL_VERSION, 0);
  offset = head.writeUInt8(key.id, offset);
  head.set(sessionIdToBytes(row.id), offset);
  offset = head.writeUInt32BE(row.generation, offset + LAYOUT.sessionId);
  head.writeUInt16BE(row.attempt, offset);
  return head;
}

/** The prefix is covered too, so that a credential of one carrier cannot be rewritten into the other's. */
function macOf(head: Uint8Array, carrier: CredentialCarrier, salt: Uint8Array, key: NamedKey): Buffer {
  return createHmac('sha256', key.key).update(CREDENTIAL_PREFIXES[carrier]).update(head).update(salt).digest();
}

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(LAYOUT.checksum);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}
