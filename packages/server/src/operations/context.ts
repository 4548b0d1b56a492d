import { MAX_ACCESS_TOKEN_TTL_SECONDS, type AccessTokenPolicy } from '../domain/access-tokens/grant.ts';
import type { AuditEvent } from '../domain/audit/event.ts';
import { newId, type RandomBytes } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { SigningAlgorithm } from '../domain/keys/signing-key.ts';
import type { ComposedMail } from '../domain/mail/messages.ts';
import { applyTemplate, type MailTemplates } from '../domain/mail/templates.ts';
import type { OneTimeLives } from '../domain/one-time-tokens/token.ts';
import type { Password } from '../domain/passwords/policy.ts';
import { dropRevocationAfter, type RevocationEvent } from '../domain/revocation/event.ts';
import type { MasterKeys } from '../domain/secrets/master-keys.ts';
import { seal } from '../domain/secrets/seal.ts';
import type { RotationPolicy } from '../domain/sessions/decide-refresh.ts';
import type { SessionLifetimePolicy } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import { appendAuditEvent } from '../storage/audit-events.ts';
import { enqueueMail } from '../storage/mail-outbox.ts';
import type { AttemptCounter } from '../storage/rate-limits.ts';
import { appendRevocation } from '../storage/revocations.ts';
import type { Store, Tx } from '../storage/store.ts';
import type { RotationClock } from '../storage/clock.ts';
import type { KeyRing } from './key-ring.ts';
import type { OutboundRequests } from './outbound.ts';
import { queueLogoutNotices } from './queue-logout-notices.ts';
import type { RevocationBell } from './revocation-bell.ts';
import type { SessionCache } from './session-cache.ts';

/** What the operator decided, as far as operations need it. */
export interface Policy {
  readonly issuer: string;
  readonly session: SessionLifetimePolicy;
  readonly rotation: Readonly<Record<Session['carrier'], RotationPolicy>>;
  readonly accessTokens: AccessTokenPolicy;
  readonly signingAlgorithm: SigningAlgorithm;
  /** Development: everybody is on this machine, so its own address says nothing of who tries too often. */
  readonly loopbackUnlimited: boolean;
  /** How long what is mailed or printed is good. */
  readonly oneTimeLifeMs: OneTimeLives;
  /** Whether users may sign in by a mailed link. */
  readonly magicLinks: boolean;
  /** How far pages get access tokens of their session: to read, in a cookie alone, or not at all. */
  readonly sessionTokens: 'page' | 'cookie' | 'off';
  /** How long audit events are kept. */
  readonly auditRetentionDays: number;
}

/** Hashing of passwords, with a bound on how much of it runs and waits at a time. */
export interface PasswordHasher {
  /** @throws {@link HashingBusyError} where too many wait already. */
  hash(password: Password): Promise<string>;
  /**
   * Compares in a time that does not depend on whether there is a hash at all; with one that another product made, as
   * long as that takes.
   *
   * @throws {@link HashingBusyError} where too many wait already.
   */
  verify(hash: string | null, password: Password): Promise<boolean>;
  /** Whether a hash was made elsewhere, or with other parameters than new ones are. */
  isOutdated(hash: string): boolean;
}

/** What is known of passwords that were in breaches. */
export interface BreachList {
  /** Rejects where that could not be found out, after a second at the latest. */
  has(password: Password): Promise<boolean>;
}

/** What every operation works with. */
export interface OperationContext {
  readonly store: Store;
  readonly clock: () => Instant;
  /** The clock that rotations are measured by: one for all nodes. */
  readonly rotationClock: RotationClock;
  readonly random: RandomBytes;
  readonly keys: MasterKeys;
  readonly policy: Policy;
  readonly passwords: PasswordHasher;
  readonly breaches: BreachList;
  readonly outbound: OutboundRequests;
  readonly attempts: AttemptCounter;
  readonly sessions: SessionCache;
  readonly keyRing: KeyRing;
  /** The operator's own words for mails. */
  readonly mailTemplates: MailTemplates;
  readonly revocationBell: RevocationBell;
}

/** Writes an event to the audit log, in the transaction of what it tells of. */
export async function audit(context: OperationContext, tx: Tx, now: Instant, event: AuditEvent): Promise<void> {
  await appendAuditEvent(tx, newId('aud', now, context.random), event, now);
}

/** Puts a mail into the outbox, to be sent once the transaction has been committed. */
export async function queueMail(
  context: OperationContext,
  tx: Tx,
  now: Instant,
  composed: ComposedMail,
): Promise<void> {
  const mail = applyTemplate(context.mailTemplates, composed);
  const id = newId('mail', now, context.random);
  const contentSealed = seal(context.keys.mailEncryption, JSON.stringify(mail), id, context.random);
  await enqueueMail(tx, { id, kind: mail.kind, to: mail.to, contentSealed, createdAt: now });
}

/**
 * Writes to the revocation log, and has the clients told that know of a session that ended. Call it last, and once: it
 * locks the log's head until the transaction ends.
 */
export async function revoke(
  context: OperationContext,
  tx: Tx,
  now: Instant,
  ...events: readonly RevocationEvent[]
): Promise<void> {
  if (events.length === 0) return;
  for (const event of events) {
    if (event.kind === 'session') await queueLogoutNotices(context, tx, now, { kind: 'session', sessionId: event.key });
    if (event.kind === 'subject') await queueLogoutNotices(context, tx, now, { kind: 'user', userId: event.key });
  }
  const dropAfter = dropRevocationAfter(now, MAX_ACCESS_TOKEN_TTL_SECONDS);
  for (const event of events) await appendRevocation(tx, event, now, dropAfter, context.random);
  context.revocationBell.ring();
}
