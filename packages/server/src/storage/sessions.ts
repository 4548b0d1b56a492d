import type { InferResult } from 'kysely';
import type { ClientId, SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { REPLACES_AT_FIRST_USE } from '../domain/sessions/line.ts';
import type { Session, SessionEndReason } from '../domain/sessions/session.ts';
import type { User } from '../domain/users/user.ts';
import { compileOnce, type Parameter } from './compiled-query.ts';
import type { SessionRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';
import { readApplicationRoles } from './users.ts';

export interface SessionWithUser {
  readonly session: Session;
  readonly user: User;
}

const selectById = compileOnce((queries, parameter: Parameter<{ readonly id: SessionId }>) =>
  selectSessionWithUser(queries).where('sessions.id', '=', parameter('id')),
);

/**
 * Reads without a lock, both rows as of the same moment: a session read before it was ended, with a user read
 * after, would make a token that outlives the end. Ended and expired sessions are found too: the
 * caller decides what they are worth.
 */
export async function findSession(queries: Queries, id: SessionId): Promise<SessionWithUser | undefined> {
  const [row] = await selectById(queries, { id });
  return row && toSessionWithUser(row);
}

/** As {@link findSession}; nobody ends the session before the transaction does. */
export async function holdSession(tx: Tx, id: SessionId): Promise<SessionWithUser | undefined> {
  const row = await selectSessionWithUser(tx).where('sessions.id', '=', id).forUpdate('sessions').executeTakeFirst();
  return row && toSessionWithUser(row);
}

/** A session's row and, under other names, its user's. */
export function selectSessionWithUser(queries: Queries) {
  return queries
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('sessions')
    .select([
      'users.email as user_email',
      'users.email_verified_at as user_email_verified_at',
      'users.name as user_name',
      'users.role as user_role',
      'users.application_roles as user_application_roles',
      'users.version as user_version',
      'users.created_at as user_created_at',
      'users.banned_at as user_banned_at',
    ]);
}

type SessionWithUserRow = InferResult<ReturnType<typeof selectSessionWithUser>>[number];

export function toSessionWithUser(row: SessionWithUserRow): SessionWithUser {
  const user: User = {
    id: row.user_id,
    email: row.user_email,
    emailVerifiedAt: row.user_email_verified_at,
    name: row.user_name,
    role: row.user_role,
    applicationRoles: readApplicationRoles(row.user_application_roles),
    version: row.user_version,
    createdAt: row.user_created_at,
    bannedAt: row.user_banned_at,
  };
  return { session: toSession(row), user };
}

export async function insertSession(tx: Tx, session: Session): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({
      id: session.id,
      user_id: session.userId,
      client_id: session.clientId,
      carrier: session.carrier,
      salt: session.salt,
      generation: session.generation,
      attempt: session.attempt,
      previous_attempt: session.previousAttempt,
      rotated_at: session.rotatedAt,
      confirmed: session.confirmed ? 1 : 0,
      strict_generation: session.strictGeneration,
      remember: session.remember ? 1 : 0,
      auth_time: session.authTime,
      amr: session.amr.join(' '),
      user_agent: session.userAgent,
      network: session.network,
      created_at: session.createdAt,
      last_used_at: session.lastUsedAt,
      idle_expires_at: session.idleExpiresAt,
      expires_at: session.expiresAt,
      revoked_at: session.revokedAt,
      revoked_reason: null,
      replaces: session.replaces,
    })
    .execute();
}

/** Live sessions of a user, the newest first. */
export async function listLiveSessions(queries: Queries, userId: UserId, now: Instant): Promise<readonly Session[]> {
  const rows = await queries
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('idle_expires_at', '>', now)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toSession);
}

export interface StolenSession {
  readonly userAgent: string | null;
  readonly network: string | null;
  readonly endedAt: Instant;
}

/** Sessions of a user that were ended for theft at `since` or later, the newest first. */
export async function listStolenSessions(
  queries: Queries,
  userId: UserId,
  since: Instant,
): Promise<readonly StolenSession[]> {
  const rows = await queries
    .selectFrom('sessions')
    .select(['user_agent', 'network', 'revoked_at'])
    .where('user_id', '=', userId)
    .where('revoked_reason', '=', 'theft_found')
    .where('revoked_at', '>=', since)
    .orderBy('revoked_at', 'desc')
    .limit(10)
    .execute();
  return rows.map((row) => ({ userAgent: row.user_agent, network: row.network, endedAt: row.revoked_at ?? since }));
}

/** Whether a session ended because the same browser began another one. */
export async function wasReplaced(queries: Queries, id: SessionId): Promise<boolean> {
  const row = await queries.selectFrom('sessions').select('revoked_reason').where('id', '=', id).executeTakeFirst();
  return row?.revoked_reason === ('replaced_by_sign_in' satisfies SessionEndReason);
}

/**
 * Moves the idle expiry on, unless a later use has moved it already or the session has ended. Several callers
 * at once write it once.
 */
export async function touchSession(tx: Tx, id: SessionId, now: Instant, idleExpiresAt: Instant): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ last_used_at: now, idle_expires_at: idleExpiresAt })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where('last_used_at', '<', now)
    .execute();
}

/** @returns Whether this call ended it: of several at once, one. False for a session that is not the user's. */
export async function endSession(
  tx: Tx,
  id: SessionId,
  userId: UserId,
  reason: SessionEndReason,
  now: Instant,
): Promise<boolean> {
  const ended = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return ended !== undefined;
}

/** Which of a user's sessions replace which, as far as they have not ended. */
export async function listReplacements(tx: Tx, userId: UserId): Promise<readonly Pick<Session, 'id' | 'replaces'>[]> {
  return tx
    .selectFrom('sessions')
    .select(['id', 'replaces'])
    .where('user_id', '=', userId)
    .where('replaces', 'is not', null)
    .where('revoked_at', 'is', null)
    .execute();
}

/** Whether a change of the password has begun a live session that takes the place of this one at its first use. */
export async function isReplacedAtFirstUse(tx: Tx, id: SessionId, userId: UserId, now: Instant): Promise<boolean> {
  const found = await tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('replaces', '=', id)
    .where('strict_generation', '=', REPLACES_AT_FIRST_USE.strictGeneration)
    .where('revoked_at', 'is', null)
    .where('idle_expires_at', '>', now)
    .executeTakeFirst();
  return found !== undefined;
}

/**
 * As {@link endSession}, for several; gives the ids of those that this call ended. The caller holds the user's row
 * locked, so that nobody waits for them in another order.
 */
export async function endSessions(
  tx: Tx,
  ids: readonly SessionId[],
  userId: UserId,
  reason: SessionEndReason,
  now: Instant,
): Promise<readonly SessionId[]> {
  const ended = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('id', 'in', ids)
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  return ended.map((row) => row.id);
}

/**
 * Ends a user's sessions but some, or all, whether idle for too long or not; gives the ids of those that this call
 * ended: of several calls at once, each id to one. The caller holds the user's row locked, so that they take turns.
 */
export async function endSessionsOfUser(
  tx: Tx,
  userId: UserId,
  except: readonly SessionId[],
  reason: SessionEndReason,
  now: Instant,
): Promise<readonly SessionId[]> {
  const ended = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(except.length > 0, (query) => query.where('id', 'not in', except))
    .returning('id')
    .execute();
  return ended.map((row) => row.id);
}

/** Ends the user's sessions that the client holds; gives the ids of those that this call ended. */
export async function endSessionsOfUserAtClient(
  tx: Tx,
  userId: UserId,
  clientId: ClientId,
  now: Instant,
): Promise<readonly SessionId[]> {
  const ended = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: 'access_removed' satisfies SessionEndReason })
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .execute();
  return ended.map((row) => row.id);
}

/**
 * Ends the least recently used of the user's live sessions that the same client holds, or of all browsers, so that no
 * more than `most` are left: first those that are not known to have arrived. Gives the ids of those that this call ended.
 * A client never pushes out what is not its own. The caller holds the user's row locked.
 *
 * @param newest - Stays in any case, and so does what it replaces.
 */
export async function endLeastRecentlyUsed(
  tx: Tx,
  newest: Pick<Session, 'id' | 'userId' | 'clientId' | 'replaces'>,
  most: number,
  now: Instant,
): Promise<readonly SessionId[]> {
  const { userId, clientId } = newest;
  const staying = newest.replaces === null ? [newest.id] : [newest.id, newest.replaces];
  const room = most - staying.length;
  const kept = await tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('client_id', clientId === null ? 'is' : '=', clientId)
    .where('revoked_at', 'is', null)
    .where('idle_expires_at', '>', now)
    .where('expires_at', '>', now)
    .where('id', 'not in', staying)
    .orderBy((expression) => expression('replaces', 'is not', null))
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .limit(room + 1)
    .execute();
  if (kept.length <= room) return [];
  const ended = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: 'too_many_sessions' satisfies SessionEndReason })
    .where('user_id', '=', userId)
    .where('client_id', clientId === null ? 'is' : '=', clientId)
    .where('revoked_at', 'is', null)
    .where('idle_expires_at', '>', now)
    .where('expires_at', '>', now)
    .where('id', 'not in', [...staying, ...kept.slice(0, room).map(({ id }) => id)])
    .returning(['id', 'replaces'])
    .execute();
  for (const { id, replaces } of ended) {
    // Whatever was to take its place takes that of the one before it: the two are of one browser still.
    await tx
      .updateTable('sessions')
      .set({ replaces })
      .where('user_id', '=', userId)
      .where('replaces', '=', id)
      .execute();
  }
  return ended.map((row) => row.id);
}

/** A session as the operator's list has it. */
export interface ListedSession {
  readonly session: Session;
  readonly email: string;
}

/**
 * Live sessions in the order of their beginnings, of one user or of all.
 *
 * @param after - The last id of the page before.
 */
export async function listLiveSessionsPage(
  queries: Queries,
  asked: {
    readonly userId: UserId | undefined;
    readonly after: string;
    readonly limit: number;
    readonly now: Instant;
  },
): Promise<readonly ListedSession[]> {
  const { userId, after, limit, now } = asked;
  const rows = await selectSessionWithUser(queries)
    .where('sessions.id', '>', after as SessionId)
    .where('revoked_at', 'is', null)
    .where('idle_expires_at', '>', now)
    .where('expires_at', '>', now)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId as UserId))
    .orderBy('sessions.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ session: toSession(row), email: row.user_email }));
}

/**
 * Removes sessions that reached their absolute expiry before `before`, ended sooner or not; gives how many. Safe on
 * several nodes at once: none waits for rows that another one is removing.
 *
 * @param limit - About how many at most, so that no statement takes long.
 */
export async function purgeSessions(tx: Tx, before: Instant, limit: number): Promise<number> {
  const expired = tx.selectFrom('sessions').select('id').where('expires_at', '<', before).limit(limit);
  const result = await tx.deleteFrom('sessions').where('id', 'in', expired.forUpdate().skipLocked()).executeTakeFirst();
  return Number(result.numDeletedRows);
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    clientId: row.client_id,
    carrier: row.carrier,
    salt: row.salt,
    generation: row.generation,
    attempt: row.attempt,
    previousAttempt: row.previous_attempt,
    rotatedAt: row.rotated_at,
    confirmed: row.confirmed === 1,
    strictGeneration: row.strict_generation,
    replaces: row.replaces,
    remember: row.remember === 1,
    authTime: row.auth_time,
    amr: row.amr.split(' '),
    userAgent: row.user_agent,
    network: row.network,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
