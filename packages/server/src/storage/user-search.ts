import { sql } from 'kysely';
import type { UserId } from '../domain/ids.ts';
import type { User } from '../domain/users/user.ts';
import type { Queries } from './store.ts';
import { toUser } from './users.ts';

/** Which users to find; what is left out does not matter. */
export interface UserSearch {
  /** How the address begins, in the form in which it names the account. */
  readonly emailPrefix?: string | undefined;
  /** A role of the server, or one of applications. */
  readonly role?: string | undefined;
  readonly banned?: boolean | undefined;
}

/** By age, or by address, which a prefix can be found by. Where a page goes on is what the last row is ordered by. */
export type UserOrder = 'newest' | 'oldest' | 'address';

export interface UserPage {
  readonly order: UserOrder;
  /** The last id, or in the order of addresses the last address, of the page before; undefined for the first page. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** Behind every character that an address can have (RFC 5322 §3.2.3). */
const BEHIND_ADDRESSES = '\u007F';

/** A user, and the form of its address that the order of addresses goes by. */
export interface FoundUser {
  readonly user: User;
  readonly emailKey: string;
}

/** Reads from one index, from where the page begins: as fast for the last page as for the first. */
export async function searchUsers(queries: Queries, search: UserSearch, page: UserPage): Promise<readonly FoundUser[]> {
  const rows = await selectUsers(queries, search, page).execute();
  return rows.map((row) => ({ user: toUser(row), emailKey: row.email_key }));
}

/** The query behind {@link searchUsers}. */
export function selectUsers(queries: Queries, { emailPrefix, role, banned }: UserSearch, page: UserPage) {
  const { order, after, limit } = page;
  let query = queries.selectFrom('users').selectAll().limit(limit);
  if (emailPrefix !== undefined) {
    query = query.where('email_key', '>=', emailPrefix).where('email_key', '<', emailPrefix + BEHIND_ADDRESSES);
  }
  // Written out: an index over some rows is used only where the statement itself says that no others matter.
  if (role === 'user' || role === 'administrator') query = query.where('role', '=', sql.lit(role));
  else if (role !== undefined) {
    // A name may have an underscore, which would stand for any character.
    const pattern = `% ${role.replaceAll('_', '!_')} %`;
    query = query
      .where('application_roles', '<>', sql.lit(''))
      .where(sql<boolean>`' ' || application_roles || ' ' like ${pattern} escape '!'`);
  }
  if (banned !== undefined) query = query.where('banned_at', banned ? 'is not' : 'is', null);
  switch (order) {
    case 'address':
      return after === undefined
        ? query.orderBy('email_key')
        : query.orderBy('email_key').where('email_key', '>', after);
    case 'oldest':
      return after === undefined ? query.orderBy('id') : query.orderBy('id').where('id', '>', after as UserId);
    case 'newest':
      return after === undefined
        ? query.orderBy('id', 'desc')
        : query.orderBy('id', 'desc').where('id', '<', after as UserId);
  }
}
