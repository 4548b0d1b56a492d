import type { FormerToken } from '@latchkey/protocol';
import type { FormerStanding, TokenStanding } from '../domain/access-tokens/standing.ts';
import type { ClientId, SessionId } from '../domain/ids.ts';
import { selectSessionWithUser, toSessionWithUser, type SessionWithUser } from './sessions.ts';
import type { Queries } from './store.ts';

/** What a token names. */
export interface TokenNames {
  readonly kid: string;
  readonly tokenId: string;
}

/** The standing of a client's own token, in one statement: all as of the same moment. */
export async function findClientTokenStanding(
  queries: Queries,
  { kid, tokenId }: TokenNames,
  clientId: ClientId,
): Promise<TokenStanding> {
  const row = await queries
    .selectNoFrom([
      (query) => query.exists(keyOf(queries, kid)).as('key_is_ours'),
      (query) => query.exists(eventOf(queries, 'token', tokenId)).as('token_is_revoked'),
      (query) => query.selectFrom('clients').select('version').where('id', '=', clientId).as('client_version'),
      (query) => query.selectFrom('clients').select('disabled_at').where('id', '=', clientId).as('client_disabled_at'),
    ])
    .executeTakeFirstOrThrow();
  return {
    keyIsOurs: Boolean(row.key_is_ours),
    tokenIsRevoked: Boolean(row.token_is_revoked),
    branchIsRevoked: false,
    holder: undefined,
    client: toClientStanding(row.client_version, row.client_disabled_at),
  };
}

/** The standing of a session's token, in one statement; undefined where there is no such session. */
export async function findSessionTokenStanding(
  queries: Queries,
  { kid, tokenId }: TokenNames,
  sessionId: SessionId,
  branchKey: string,
  clientId: string,
): Promise<TokenStanding | undefined> {
  // A client without a session of its own holds tokens of the browser's.
  const row = await selectSessionWithUser(queries)
    .leftJoin('clients', (join) => join.on('clients.id', '=', clientId as ClientId))
    .select(['clients.version as client_version', 'clients.disabled_at as client_disabled_at'])
    .select((query) => [
      query.exists(keyOf(queries, kid)).as('key_is_ours'),
      query.exists(eventOf(queries, 'token', tokenId)).as('token_is_revoked'),
      query.exists(eventOf(queries, 'branch', branchKey)).as('branch_is_revoked'),
    ])
    .where('sessions.id', '=', sessionId)
    .executeTakeFirst();
  return (
    row && {
      keyIsOurs: Boolean(row.key_is_ours),
      tokenIsRevoked: Boolean(row.token_is_revoked),
      branchIsRevoked: Boolean(row.branch_is_revoked),
      holder: toSessionWithUser(row),
      client: toClientStanding(row.client_version, row.client_disabled_at),
    }
  );
}

/**
 * The standing of tokens that another one was exchanged from. Read in three statements: what they tell only ever gets
 * worse, so it may be of different moments.
 */
export async function findFormerStandings(
  queries: Queries,
  formers: readonly FormerToken[],
): Promise<readonly FormerStanding[]> {
  const kids = formers.map(({ kid }) => kid);
  const tokenIds = formers.map(({ jti }) => jti);
  const clientIds = formers.map((former) => former.client_id as ClientId);
  const keys = await queries.selectFrom('signing_keys').select('kid').where('kid', 'in', kids).execute();
  const events = await queries
    .selectFrom('revocation_events')
    .select('key')
    .where('key', 'in', tokenIds)
    .where('kind', '=', 'token')
    .execute();
  const clients = await queries
    .selectFrom('clients')
    .select(['id', 'version', 'disabled_at'])
    .where('id', 'in', clientIds)
    .execute();
  return formers.map((former) => {
    const client = clients.find(({ id }) => id === former.client_id);
    return {
      former,
      keyIsOurs: keys.some(({ kid }) => kid === former.kid),
      tokenIsRevoked: events.some(({ key }) => key === former.jti),
      client: client && toClientStanding(client.version, client.disabled_at),
    };
  });
}

/** A session with its user, and what there is of its client. */
export interface SessionStanding extends SessionWithUser {
  readonly client: TokenStanding['client'];
}

/** Reads without a lock, all rows as of the same moment. */
export async function findSessionStanding(queries: Queries, id: SessionId): Promise<SessionStanding | undefined> {
  const row = await selectSessionWithUser(queries)
    .leftJoin('clients', 'clients.id', 'sessions.client_id')
    .select(['clients.version as client_version', 'clients.disabled_at as client_disabled_at'])
    .where('sessions.id', '=', id)
    .executeTakeFirst();
  return row && { ...toSessionWithUser(row), client: toClientStanding(row.client_version, row.client_disabled_at) };
}

function keyOf(queries: Queries, kid: string) {
  return queries.selectFrom('signing_keys').select('kid').where('kid', '=', kid);
}

function eventOf(queries: Queries, kind: 'token' | 'branch', key: string) {
  return queries.selectFrom('revocation_events').select('seq').where('key', '=', key).where('kind', '=', kind);
}

function toClientStanding(version: number | null, disabledAt: number | null): TokenStanding['client'] {
  return version === null ? undefined : { version, disabledAt };
}

/** How many events of the log void this token. */
export async function countTokenRevocations(queries: Queries, tokenId: string): Promise<number> {
  return (await eventOf(queries, 'token', tokenId).limit(2).execute()).length;
}
