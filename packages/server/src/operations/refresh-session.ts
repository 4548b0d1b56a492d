import type { Caller } from '../domain/audit/event.ts';
import type { SessionId } from '../domain/ids.ts';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import { sessionStolenMessage } from '../domain/mail/messages.ts';
import {
  encodeCredential,
  isAuthentic,
  parseCredential,
  type PresentedCredential,
} from '../domain/sessions/credential.ts';
import { decideRefresh, type RefreshDecision } from '../domain/sessions/decide-refresh.ts';
import { replacementReason } from '../domain/sessions/line.ts';
import { idleExpiry, touchInterval } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import {
  confirmSession,
  lockSession,
  saveRotation,
  setStrictGeneration,
  type LockedSession,
} from '../storage/session-rotation.ts';
import { endSession, findSession, touchSession, type SessionWithUser } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser } from '../storage/users.ts';
import { audit, queueMail, revoke, type OperationContext } from './context.ts';
import { endLine } from './end-line.ts';

/** Why there is no session. For the log only: outside, all of these look alike. */
export type NoSessionReason = 'malformed' | 'unknown' | 'forged' | 'revoked' | 'expired' | 'theft' | 'banned';

/** A credential that the answer is to carry. */
export interface Renewal {
  readonly credential: string;
  /** On the monotonic clock, in milliseconds: an answer that leaves too long after this leaves it out. */
  readonly decidedAtMs: number;
}

export interface LiveSession extends SessionWithUser {
  readonly kind: 'live';
  readonly renewal?: Renewal;
}

export type SessionReading = LiveSession | { readonly kind: 'none'; readonly reason: NoSessionReason };

/** How a session is asked for. */
export interface SessionRequest {
  readonly credential: string;
  readonly carrier: Session['carrier'];
  /** Whether the answer can carry another credential. Where it cannot, nothing rotates. */
  readonly canRenew: boolean;
  readonly caller: Caller;
}

/**
 * Finds the session of a credential by the rules of rotation. In memory, and then synchronous, where this node
 * read the row a moment ago and nothing is to be written; else by a query; only a change takes a transaction.
 */
export function refreshSession(
  context: OperationContext,
  request: SessionRequest,
): SessionReading | Promise<SessionReading> {
  const cached = context.sessions.find(request.credential, request.carrier, context.clock());
  return cached === undefined ? readStored(context, request) : cached;
}

async function readStored(context: OperationContext, request: SessionRequest): Promise<SessionReading> {
  const presented = parseCredential(request.credential, request.carrier);
  if (presented === undefined) return { kind: 'none', reason: 'malformed' };
  // What is about to be locked need not be read before.
  if (context.sessions.expectsChange(request.credential, request.carrier, context.clock())) {
    return changeStored(context, request, presented);
  }

  const ticket = context.sessions.ticket();
  const now = context.clock();
  const found = await findSession(context.store.queries, presented.sessionId);
  if (found === undefined || found.session.carrier !== presented.carrier) return { kind: 'none', reason: 'unknown' };
  // A ban ends all sessions in its own transaction. Should one be left, whatever the reason, it is none.
  if (found.user.bannedAt !== null) return { kind: 'none', reason: 'banned' };
  const decision = decide(context, found.session, presented, now);
  // Decided on a row that is not locked: good enough to go on as before, or to be refused for what never changes.
  if (decision.kind === 'refuse') return { kind: 'none', reason: decision.reason };
  if (decision.kind === 'accept' && !isTouchDue(context, found.session, now)) {
    context.sessions.keep(found, now, ticket);
    return { kind: 'live', ...found };
  }
  return changeStored(context, request, presented, found);
}

/** @param found - As it was read before, where it may be about to end others. Once it replaces none, it never does. */
async function changeStored(
  context: OperationContext,
  request: SessionRequest,
  presented: PresentedCredential,
  found?: SessionWithUser,
): Promise<SessionReading> {
  const ticket = context.sessions.ticket();
  const now = context.clock();
  let ended: readonly SessionId[] = [];
  const reading = await context.store.transaction(async (tx): Promise<SessionReading> => {
    // Whoever ends several sessions of a user locks the user first, so that they take turns.
    if (found !== undefined && found.session.replaces !== null) await lockUser(tx, found.user.id);
    // Before the row is waited for: the database may read its clock before, too.
    const decidedAtMs = performance.now();
    const locked = await lockSession(tx, presented.sessionId, context.rotationClock);
    if (locked === undefined) return { kind: 'none', reason: 'unknown' };
    const decision = decide(context, locked.session, presented, locked.now);
    const applied = await apply(context, tx, { request, presented, locked, decision, decidedAtMs });
    ended = await endReplaced(context, tx, locked, applied, request.caller);
    return applied;
  });
  if (reading.kind === 'live') context.sessions.keep(reading, now, ticket, reading.renewal?.credential);
  else context.sessions.forgetSession(presented.sessionId);
  for (const id of ended) context.sessions.forgetSession(id);
  return reading;
}

function decide(
  context: OperationContext,
  session: Session,
  presented: PresentedCredential,
  now: Instant,
): RefreshDecision {
  const authentic = isAuthentic(presented, session.salt, context.keys.sessionMac);
  const { generation, attempt } = presented;
  return decideRefresh(session, { generation, attempt, authentic }, now, context.policy.rotation[session.carrier]);
}

interface Decided {
  readonly request: SessionRequest;
  readonly presented: PresentedCredential;
  readonly locked: LockedSession;
  readonly decision: RefreshDecision;
  readonly decidedAtMs: number;
}

/** Writes what was decided, in the transaction that holds the row locked. */
async function apply(context: OperationContext, tx: Tx, decided: Decided): Promise<SessionReading> {
  const { request, locked, decision } = decided;
  const { session, now } = locked;
  switch (decision.kind) {
    case 'refuse':
      return { kind: 'none', reason: decision.reason };
    case 'accept':
      return goOn(context, tx, locked);
    case 'confirm':
      return confirm(context, tx, locked);
    case 'repeat':
    case 'hold':
      return acceptPrevious(context, tx, decided);
    case 'rotate':
    case 'adopt':
    case 'branch': {
      if (decision.kind !== 'adopt' && !request.canRenew) return withoutRenewal(context, tx, decided);
      const use = useOf(context, locked, request.caller);
      await saveRotation(tx, session.id, decision.next, use);
      if (decision.kind !== 'rotate') await auditDecision(context, tx, decided, `session.${decision.kind}ed`);
      if (decision.kind === 'branch') {
        const { generation, attempt } = decision.voided;
        await revoke(context, tx, now, { kind: 'branch', key: `${session.id}:${generation}.${attempt}` });
      }
      return renewed(context, decided, { ...session, ...decision.next, ...use, replaces: null });
    }
    case 'theft':
      return endStolen(context, tx, decided);
  }
}

/** Rules 1 and 5 where the answer can carry no credential. Late use of the current one is seen as in rule 2. */
async function withoutRenewal(
  context: OperationContext,
  tx: Tx,
  { locked, decision }: Decided,
): Promise<SessionReading> {
  const isToConfirm = decision.kind === 'rotate' && !locked.session.confirmed;
  return isToConfirm ? confirm(context, tx, locked) : goOn(context, tx, locked);
}

async function confirm(
  context: OperationContext,
  tx: Tx,
  { session, user, now }: LockedSession,
): Promise<SessionReading> {
  const use = { lastUsedAt: now, idleExpiresAt: idleExpiry(context.policy.session, session.expiresAt, now) };
  await confirmSession(tx, session.id, use);
  return { kind: 'live', user, session: { ...session, ...use, confirmed: true, replaces: null } };
}

/**
 * A session whose credential is confirmed, rotates or is ahead of its row has arrived in the browser: what the browser
 * had before ends, and what it was sent besides. A theft never gets here: generation 0 has none before.
 */
async function endReplaced(
  context: OperationContext,
  tx: Tx,
  { session, user, now }: LockedSession,
  applied: SessionReading,
  caller: Caller,
): Promise<readonly SessionId[]> {
  const { replaces: id } = session;
  if (id === null || applied.kind === 'none' || applied.session.replaces !== null) return [];
  return endLine(context, tx, { id, userId: user.id, reason: replacementReason(session) }, caller, now);
}

/** Leaves the credential as it is; now and then the use is written down, so that the session does not end as idle. */
async function goOn(context: OperationContext, tx: Tx, { session, user, now }: LockedSession): Promise<SessionReading> {
  if (!isTouchDue(context, session, now)) return { kind: 'live', user, session };
  const idleExpiresAt = idleExpiry(context.policy.session, session.expiresAt, now);
  await touchSession(tx, session.id, now, idleExpiresAt);
  return { kind: 'live', user, session: { ...session, lastUsedAt: now, idleExpiresAt } };
}

/** Rule 4, and its limit: from another network and another browser at once, the next generation gets no overlap. */
async function acceptPrevious(context: OperationContext, tx: Tx, decided: Decided): Promise<SessionReading> {
  const { decision, locked, request } = decided;
  let { session } = locked;
  const strictGeneration = session.generation + 1;
  if (isForeign(session, request.caller) && session.strictGeneration !== strictGeneration) {
    await setStrictGeneration(tx, session.id, strictGeneration);
    await auditDecision(context, tx, decided, 'session.foreign_use');
    session = { ...session, strictGeneration };
  }
  return decision.kind === 'repeat' ? renewed(context, decided, session) : { kind: 'live', user: locked.user, session };
}

function renewed(context: OperationContext, decided: Decided, session: Session): SessionReading {
  const { locked, request, decidedAtMs } = decided;
  const live = { kind: 'live', user: locked.user, session } as const;
  if (!request.canRenew) return live;
  return { ...live, renewal: { credential: encodeCredential(session, context.keys.sessionMac), decidedAtMs } };
}

async function endStolen(context: OperationContext, tx: Tx, decided: Decided): Promise<SessionReading> {
  const { session, user, now } = decided.locked;
  await endSession(tx, session.id, session.userId, 'theft_found', now);
  await auditDecision(context, tx, decided, 'session.theft_found');
  const accountUrl = new URL('/account', context.policy.issuer).href;
  await queueMail(context, tx, now, sessionStolenMessage(user.email, accountUrl));
  await revoke(context, tx, now, { kind: 'session', key: session.id });
  return { kind: 'none', reason: 'theft' };
}

/** What was seen, of both sides: the caller's own in the event's columns, the session's last known in the details. */
async function auditDecision(
  context: OperationContext,
  tx: Tx,
  { request, presented, locked }: Decided,
  type: 'session.theft_found' | 'session.foreign_use' | 'session.branched' | 'session.adopted',
): Promise<void> {
  const { session, user, now } = locked;
  await audit(context, tx, now, {
    type,
    outcome: type === 'session.theft_found' ? 'failure' : 'success',
    actor: user.id,
    target: session.id,
    caller: request.caller,
    details: {
      presented: `${presented.generation}.${presented.attempt}`,
      current: `${session.generation}.${session.attempt}`,
      age_seconds: Math.round((now - session.rotatedAt) / SECOND_MS),
      known_network: session.network ?? '',
      known_user_agent: session.userAgent ?? '',
    },
  });
}

function isForeign(session: Session, { network, userAgent }: Caller): boolean {
  // Who is not known at all is not known to be somebody else. A user agent that is left out is another one.
  if (network === null) return false;
  return session.network !== network && session.userAgent !== userAgent;
}

function isTouchDue(context: OperationContext, session: Session, now: Instant): boolean {
  return now >= session.lastUsedAt + touchInterval(context.policy.session);
}

function useOf(context: OperationContext, { session, now }: LockedSession, caller: Caller) {
  return {
    lastUsedAt: now,
    idleExpiresAt: idleExpiry(context.policy.session, session.expiresAt, now),
    network: caller.network ?? session.network,
    userAgent: caller.userAgent ?? session.userAgent,
  };
}
