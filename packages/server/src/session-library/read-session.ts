import type { Instant } from '../domain/instant.ts';
import {
  encodeCredential,
  isAuthentic,
  parseCredential,
  type PresentedCredential,
} from '../domain/sessions/credential.ts';
import { decideRefresh, type RefreshDecision } from '../domain/sessions/decide-refresh.ts';
import { idleExpiry, touchInterval } from '../domain/sessions/lifetime.ts';
import { checkClock, checkStored } from './check-stored.ts';
import type { SessionSettings } from './session-options.ts';
import type { SessionChange, StoredSession } from './session-store.ts';

/** A credential that the answer is to carry. */
export interface Renewal {
  readonly credential: string;
  /** On the monotonic clock, in milliseconds. */
  readonly decidedAtMs: number;
}

export interface SessionReading {
  readonly session: StoredSession;
  readonly renewal?: Renewal;
}

type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'live'; readonly session: StoredSession; readonly renews: boolean }
  | { readonly kind: 'theft'; readonly session: StoredSession };

type Change = SessionChange<Outcome>;

/** A credential, and how it is asked for. */
interface Presentation {
  readonly presented: PresentedCredential;
  /** Whether the answer can carry another credential. Where it cannot, nothing rotates. */
  readonly canRenew: boolean;
}

/**
 * Finds the session of a credential by the rules of rotation: by one read where nothing is to be written, which is
 * nearly always, and then by one transaction.
 */
export async function readSession(
  settings: SessionSettings,
  credential: string,
  canRenew: boolean,
): Promise<SessionReading | undefined> {
  const presented = parseCredential(credential, 'cookie');
  if (presented === undefined) return undefined;
  const { store } = settings;
  const found = await store.find(presented.sessionId);
  if (found === undefined) return undefined;
  checkStored(found);
  const now = settings.now();
  const decision = decide(settings, found, presented, now);
  // Decided on a row that is not locked: good enough to go on as before, or to be refused for what never changes.
  if (decision.kind === 'refuse') return undefined;
  if (decision.kind === 'accept' && !isTouchDue(settings, found, now)) return { session: found };

  // Before the row is waited for: the database may read its clock before, too.
  const decidedAtMs = performance.now();
  const outcome = await store.change(presented.sessionId, (locked, lockedAt = settings.now()) =>
    changeLocked(settings, locked, { presented, canRenew }, lockedAt),
  );
  switch (outcome.kind) {
    case 'none':
      return undefined;
    case 'live': {
      const { session, renews } = outcome;
      return renews ? { session, renewal: { credential: credentialOf(settings, session), decidedAtMs } } : { session };
    }
    case 'theft':
      await settings.onTheft(outcome.session);
      return undefined;
  }
}

/** The session of a credential that would be accepted now. Writes nothing, so it neither renews nor ends any. */
export async function peekSession(settings: SessionSettings, credential: string): Promise<StoredSession | undefined> {
  const presented = parseCredential(credential, 'cookie');
  if (presented === undefined) return undefined;
  const found = await settings.store.find(presented.sessionId);
  if (found === undefined) return undefined;
  const { kind } = decide(settings, checkStored(found), presented, settings.now());
  return kind === 'refuse' || kind === 'theft' ? undefined : found;
}

/** The text of a session's current credential. */
export function credentialOf({ key }: SessionSettings, session: StoredSession): string {
  return encodeCredential({ ...session, carrier: 'cookie' }, key);
}

function decide(
  { key, rotation }: SessionSettings,
  session: StoredSession,
  presented: PresentedCredential,
  now: Instant,
): RefreshDecision {
  const authentic = isAuthentic(presented, session.salt, key);
  const { generation, attempt } = presented;
  // One that has ended is deleted. Networks and browsers of callers are not looked at here.
  const row = { ...session, revokedAt: null, strictGeneration: null };
  return decideRefresh(row, { generation, attempt, authentic }, now, rotation);
}

function changeLocked(
  settings: SessionSettings,
  session: StoredSession | undefined,
  { presented, canRenew }: Presentation,
  now: Instant,
): Change {
  if (session === undefined) return { result: { kind: 'none' } };
  checkStored(session);
  checkClock(now);
  const decision = decide(settings, session, presented, now);
  switch (decision.kind) {
    case 'refuse':
      return { result: { kind: 'none' } };
    case 'accept':
      return goOn(settings, session, now);
    case 'confirm':
      return write({ ...session, ...useOf(settings, session, now), confirmed: true });
    case 'repeat':
      return { result: { kind: 'live', session, renews: canRenew } };
    case 'hold':
      return { result: { kind: 'live', session, renews: false } };
    case 'rotate':
    case 'branch':
      if (!canRenew) return withoutRenewal(settings, session, decision.kind, now);
      return write({ ...session, ...decision.next, ...useOf(settings, session, now) }, true);
    case 'adopt':
      return write({ ...session, ...decision.next, ...useOf(settings, session, now) }, canRenew);
    case 'theft':
      return { next: null, result: { kind: 'theft', session } };
  }
}

/** Rules 1 and 5 where the answer can carry no credential. Late use of the current one is seen as in rule 2. */
function withoutRenewal(
  settings: SessionSettings,
  session: StoredSession,
  kind: 'rotate' | 'branch',
  now: Instant,
): Change {
  if (kind === 'branch' || session.confirmed) return goOn(settings, session, now);
  return write({ ...session, ...useOf(settings, session, now), confirmed: true });
}

/** Leaves the credential as it is; now and then the use is written down, so that the session does not end as idle. */
function goOn(settings: SessionSettings, session: StoredSession, now: Instant): Change {
  if (!isTouchDue(settings, session, now)) return { result: { kind: 'live', session, renews: false } };
  return write({ ...session, ...useOf(settings, session, now) });
}

function write(next: StoredSession, renews = false): Change {
  return { next, result: { kind: 'live', session: next, renews } };
}

function isTouchDue({ lifetime }: SessionSettings, session: StoredSession, now: Instant): boolean {
  return now >= session.lastUsedAt + touchInterval(lifetime);
}

function useOf({ lifetime }: SessionSettings, { expiresAt }: StoredSession, now: Instant) {
  return { lastUsedAt: now, idleExpiresAt: idleExpiry(lifetime, expiresAt, now) };
}
