import type {
  AdminAuditEventResponse,
  AdminAuditVerificationResponse,
  AdminKeyResponse,
  AdminSessionResponse,
  AdminUserResponse,
} from '@latchkey/protocol/schemas';
import type { ChainedRecord, ChainLink } from '../domain/audit/chain.ts';
import type { SigningKey } from '../domain/keys/signing-key.ts';
import { deviceLabel } from '../domain/sessions/device-label.ts';
import { rolesOf, type User } from '../domain/users/user.ts';
import type { AuditVerification, UnfinishedVerification } from '../operations/chain-audit-events.ts';
import type { ListedSession } from '../storage/sessions.ts';

const iso = (instant: number) => new Date(instant).toISOString();

/** As the management API and the command line have a user. */
export function representManagedUser(user: User): AdminUserResponse {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    name: user.name,
    roles: [...rolesOf(user)],
    created_at: iso(user.createdAt),
    banned_at: user.bannedAt === null ? null : iso(user.bannedAt),
  };
}

export function representManagedSession({ session, email }: ListedSession): AdminSessionResponse {
  return {
    id: session.id,
    user_id: session.userId,
    email,
    client_id: session.clientId,
    created_at: iso(session.createdAt),
    last_used_at: iso(session.lastUsedAt),
    expires_at: iso(Math.min(session.expiresAt, session.idleExpiresAt)),
    device: deviceLabel(session.userAgent),
    user_agent: session.userAgent,
    network: session.network,
  };
}

export function representSigningKey({ kid, algorithm, state, createdAt }: SigningKey): AdminKeyResponse {
  return { kid, algorithm, state, created_at: iso(createdAt) };
}

export function representAuditEvent(record: ChainedRecord): AdminAuditEventResponse {
  const { seq, id, at, type, outcome, actor, target, network, userAgent, details, mac } = record;
  const parsed: unknown = details === null ? null : JSON.parse(details);
  return {
    seq: seq === 0 ? null : seq,
    id,
    at: iso(at),
    type,
    outcome,
    actor,
    target,
    network,
    user_agent: userAgent,
    details: parsed,
    mac: mac === '' ? null : mac,
  };
}

export function representVerification(
  verification: AuditVerification | UnfinishedVerification,
): AdminAuditVerificationResponse {
  switch (verification.kind) {
    case 'intact': {
      const { kind, base, head } = verification;
      return { kind, events: head.seq - base.seq, removed: base.seq, head: printLink(head) };
    }
    case 'unfinished':
      return { kind: verification.kind, seq: verification.last.seq, next: printLink(verification.last) };
    default:
      return verification;
  }
}

function printLink({ seq, mac }: ChainLink): string {
  return `${seq}:${mac}`;
}

/** `SEQ:MAC`, which the schema of the query has checked. */
export function parseLink(text: string): ChainLink {
  const colon = text.indexOf(':');
  return { seq: Number(text.slice(0, colon)), mac: text.slice(colon + 1) };
}
