import type { AuthorizationCodeHash } from '../domain/authorization/code.ts';
import type { ClientId, SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { words } from '../domain/words.ts';
import type { AuthorizationCodeRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** A code, with all that it is bound to. */
export interface StoredAuthorizationCode {
  readonly hash: AuthorizationCodeHash;
  readonly clientId: ClientId;
  readonly userId: UserId;
  /** The browser session that it was given to, and the branch of it. */
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly attempt: number;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  readonly nonce: string | undefined;
  /** Thumbprint of the key that must use it (RFC 9449 §10); null: any may. */
  readonly keyThumbprint: string | null;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
  /** What its first use gave: the id of a session, or of an access token. */
  readonly granted: string | null;
}

export async function insertAuthorizationCode(
  tx: Tx,
  code: Omit<StoredAuthorizationCode, 'usedAt' | 'granted'>,
): Promise<void> {
  await tx
    .insertInto('authorization_codes')
    .values({
      code_hash: code.hash,
      client_id: code.clientId,
      user_id: code.userId,
      session_id: code.sessionId,
      generation: code.generation,
      attempt: code.attempt,
      redirect_uri: code.redirectUri,
      code_challenge: code.codeChallenge,
      scopes: code.scopes.join(' '),
      audience: code.audience,
      nonce: code.nonce ?? null,
      expires_at: code.expiresAt,
      used_at: null,
      granted: null,
      key_thumbprint: code.keyThumbprint,
    })
    .execute();
}

/** Whose code it is. Reads without a lock, so that the user's row can be locked first. */
export async function findCodeOwner(
  queries: Queries,
  hash: AuthorizationCodeHash,
): Promise<{ readonly userId: UserId; readonly clientId: ClientId } | undefined> {
  const row = await queries
    .selectFrom('authorization_codes')
    .select(['user_id', 'client_id'])
    .where('code_hash', '=', hash)
    .executeTakeFirst();
  return row && { userId: row.user_id, clientId: row.client_id };
}

/** Locks the row until the transaction ends: of any number of callers at once, one sees it unused. */
export async function lockAuthorizationCode(
  tx: Tx,
  hash: AuthorizationCodeHash,
): Promise<StoredAuthorizationCode | undefined> {
  const row = await tx
    .selectFrom('authorization_codes')
    .selectAll()
    .where('code_hash', '=', hash)
    .forUpdate()
    .executeTakeFirst();
  return row && toCode(row);
}

/** The caller holds the row locked. @param granted - What this use gives. */
export async function useAuthorizationCode(
  tx: Tx,
  hash: AuthorizationCodeHash,
  granted: string,
  now: Instant,
): Promise<void> {
  await tx
    .updateTable('authorization_codes')
    .set({ used_at: now, granted })
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .returning('code_hash')
    .executeTakeFirstOrThrow();
}

/** What was given is ended: a third use has nothing more to end. The caller holds the row locked. */
export async function forgetGranted(tx: Tx, hash: AuthorizationCodeHash): Promise<void> {
  await tx.updateTable('authorization_codes').set({ granted: null }).where('code_hash', '=', hash).execute();
}

/** No code that was not used yet can be used any more. The caller holds the client's row locked. */
export async function deleteUnusedCodes(tx: Tx, clientId: ClientId): Promise<void> {
  await tx
    .deleteFrom('authorization_codes')
    .where('client_id', '=', clientId)
    .where('used_at', 'is', null)
    .executeTakeFirst();
}

/**
 * Takes out all codes that the user had made for the client, used or not; gives what they gave. The caller holds the
 * user's row locked, so that none is made or used meanwhile.
 */
export async function deleteCodesOf(
  tx: Tx,
  userId: UserId,
  clientId: ClientId,
): Promise<readonly Pick<StoredAuthorizationCode, 'granted' | 'usedAt'>[]> {
  const rows = await tx
    .deleteFrom('authorization_codes')
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .returning(['granted', 'used_at'])
    .execute();
  return rows.map(({ granted, used_at: usedAt }) => ({ granted, usedAt }));
}

/**
 * Removes codes that expired before `before`; gives how many. Safe on several nodes at once: none waits for rows that
 * another one is removing.
 *
 * @param limit - About how many at most, so that no statement takes long.
 */
export async function purgeAuthorizationCodes(tx: Tx, before: Instant, limit: number): Promise<number> {
  const expired = tx
    .selectFrom('authorization_codes')
    .select('code_hash')
    .where('expires_at', '<', before)
    .limit(limit);
  const result = await tx
    .deleteFrom('authorization_codes')
    .where('code_hash', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

function toCode(row: AuthorizationCodeRow): StoredAuthorizationCode {
  return {
    hash: row.code_hash,
    clientId: row.client_id,
    userId: row.user_id,
    sessionId: row.session_id,
    generation: row.generation,
    attempt: row.attempt,
    redirectUri: row.redirect_uri,
    codeChallenge: row.code_challenge,
    scopes: words(row.scopes),
    audience: row.audience,
    nonce: row.nonce ?? undefined,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    granted: row.granted,
    keyThumbprint: row.key_thumbprint,
  };
}
