import type { SessionId } from 'latchkey/sessions';
import type { ForumDatabase } from './database.ts';

/** What the forum holds of a session besides what `latchkey/sessions` keeps. */
export interface SessionTokensRow {
  readonly sessionId: SessionId;
  readonly sealed: Uint8Array;
  readonly generation: number;
}

interface NewSessionTokens extends Pick<SessionTokensRow, 'sessionId' | 'sealed'> {
  readonly subject: string;
  /** The session at Latchkey. */
  readonly latchkeySid: string | undefined;
}

const COLUMNS = 'session_id AS sessionId, sealed, generation';

export function insertSessionTokens(
  database: ForumDatabase,
  { sessionId, subject, latchkeySid, sealed }: NewSessionTokens,
): void {
  database
    .statement(
      'INSERT INTO session_tokens (session_id, subject, latchkey_sid, sealed, generation) VALUES (?, ?, ?, ?, 1)',
    )
    .run(sessionId, subject, latchkeySid ?? null, sealed);
}

export function findSessionTokens(database: ForumDatabase, sessionId: SessionId): SessionTokensRow | undefined {
  return database
    .statement<SessionTokensRow>(`SELECT ${COLUMNS} FROM session_tokens WHERE session_id = ?`)
    .get(sessionId);
}

/**
 * Writes what came of a refresh token, unless somebody else has put another refresh token there since `generation` was
 * read. Of several processes that refresh at once, one wins.
 *
 * @returns Whether it was written.
 */
export function replaceSessionTokens(
  database: ForumDatabase,
  { sessionId, sealed, generation }: SessionTokensRow,
  hasNewRefreshToken: boolean,
): boolean {
  const changed = database
    .statement('UPDATE session_tokens SET sealed = ?, generation = ? WHERE session_id = ? AND generation = ?')
    .run(sealed, generation + (hasNewRefreshToken ? 1 : 0), sessionId, generation);
  return changed === 1;
}

/** Sessions of a user: those that came of one session at Latchkey, or all. */
export function listSessionIds(
  database: ForumDatabase,
  { latchkeySid, subject }: { readonly latchkeySid: string | undefined; readonly subject: string | undefined },
): readonly SessionId[] {
  const rows = database
    .statement<{ readonly id: SessionId }>(
      `SELECT session_id AS id FROM session_tokens
       WHERE ${latchkeySid === undefined ? '?1 IS NULL' : 'latchkey_sid = ?1'}
       AND ${subject === undefined ? '?2 IS NULL' : 'subject = ?2'}`,
    )
    .all(latchkeySid ?? null, subject ?? null);
  return rows.map(({ id }) => id);
}
