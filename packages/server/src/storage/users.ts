import type { EmailAddress } from '../domain/email-addresses/parse.ts';
import type { UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Role, User } from '../domain/users/user.ts';
import { isUniqueViolation } from './errors.ts';
import type { UserRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** What sign-in needs, in one query. */
export interface UserWithPassword {
  readonly user: User;
  readonly password: StoredPassword | null;
}

export interface StoredPassword {
  readonly hash: string;
  /** When the password was set; it stays where the same password is hashed anew. */
  readonly setAt: Instant;
}

/** Reads without a lock: whatever is decided on the answer is checked again in the transaction that writes. */
export async function findUserWithPassword(queries: Queries, emailKey: string): Promise<UserWithPassword | undefined> {
  const row = await queries
    .selectFrom('users')
    .leftJoin('password_credentials', 'password_credentials.user_id', 'users.id')
    .selectAll('users')
    .select(['password_credentials.hash as password_hash', 'password_credentials.updated_at as password_set_at'])
    .where('email_key', '=', emailKey)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { password_hash: hash, password_set_at: setAt } = row;
  return { user: toUser(row), password: hash === null || setAt === null ? null : { hash, setAt } };
}

export async function findUserByEmail(queries: Queries, emailKey: string): Promise<User | undefined> {
  const row = await queries.selectFrom('users').selectAll().where('email_key', '=', emailKey).executeTakeFirst();
  return row && toUser(row);
}

export async function findUser(queries: Queries, id: UserId): Promise<User | undefined> {
  const row = await queries.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toUser(row);
}

/** Locks the row until the transaction ends: two callers for one address take turns. */
export async function lockUserByEmail(tx: Tx, emailKey: string): Promise<User | undefined> {
  const row = await tx.selectFrom('users').selectAll().where('email_key', '=', emailKey).forUpdate().executeTakeFirst();
  return row && toUser(row);
}

/** Locks the row until the transaction ends. */
export async function lockUser(tx: Tx, id: UserId): Promise<User | undefined> {
  const row = await tx.selectFrom('users').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && toUser(row);
}

export interface NewUser {
  readonly id: UserId;
  readonly email: EmailAddress;
  readonly name: string | null;
  readonly role: Role;
  readonly emailVerifiedAt: Instant | null;
  /** When the person first had an account, where that was elsewhere. */
  readonly createdAt?: Instant;
  readonly now: Instant;
}

/** @returns Whether the user was made; false where the address has an account, also one made a moment ago. */
export async function insertUser(tx: Tx, user: NewUser): Promise<boolean> {
  const inserted = await tx
    .insertInto('users')
    .values({
      id: user.id,
      email: user.email.address,
      email_key: user.email.key,
      email_verified_at: user.emailVerifiedAt,
      name: user.name,
      role: user.role,
      version: 1,
      created_at: user.createdAt ?? user.now,
      updated_at: user.now,
    })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function renameUser(tx: Tx, id: UserId, name: string | null, now: Instant): Promise<void> {
  await tx.updateTable('users').set({ name, updated_at: now }).where('id', '=', id).execute();
}

/** Idempotent: the first verification's instant stays. */
export async function markEmailVerified(tx: Tx, id: UserId, now: Instant): Promise<void> {
  await tx
    .updateTable('users')
    .set({ email_verified_at: now, updated_at: now })
    .where('id', '=', id)
    .where('email_verified_at', 'is', null)
    .execute();
}

/** Whoever changes the role also voids the tokens that carry the old one: see {@link raiseUserVersion}. */
export async function setUserRole(tx: Tx, id: UserId, role: Role, now: Instant): Promise<void> {
  await tx.updateTable('users').set({ role, updated_at: now }).where('id', '=', id).execute();
}

/** As {@link setUserRole}, for the roles of applications. The caller holds the row locked, and has decided on it. */
export async function setApplicationRoles(tx: Tx, id: UserId, roles: readonly string[], now: Instant): Promise<void> {
  const values = { application_roles: roles.join(' '), updated_at: now };
  await tx.updateTable('users').set(values).where('id', '=', id).execute();
}

/** @param bannedAt - Null lifts the ban. */
export async function setUserBan(tx: Tx, id: UserId, bannedAt: Instant | null, now: Instant): Promise<void> {
  await tx.updateTable('users').set({ banned_at: bannedAt, updated_at: now }).where('id', '=', id).execute();
}

/** The unique index has refused an address: another account has it, perhaps since a moment ago. */
export class AddressTakenError extends Error {
  override readonly name = 'AddressTakenError';
}

/**
 * Gives the user another address, which counts as confirmed.
 *
 * @throws {@link AddressTakenError} The transaction cannot go on then, and is to be rolled back.
 */
export async function setUserEmail(tx: Tx, id: UserId, email: EmailAddress, now: Instant): Promise<void> {
  try {
    await tx
      .updateTable('users')
      .set({ email: email.address, email_key: email.key, email_verified_at: now, updated_at: now })
      .where('id', '=', id)
      .execute();
  } catch (error) {
    throw isUniqueViolation(error) ? new AddressTakenError() : error;
  }
}

/** Removes the user and, by their references, password, sessions and one-time tokens. The caller holds the row locked. */
export async function deleteUser(tx: Tx, id: UserId): Promise<void> {
  await tx.deleteFrom('users').where('id', '=', id).execute();
}

/** Raises the subject version, so that every token of before is void; gives the new one. Locks the row. */
export async function raiseUserVersion(tx: Tx, id: UserId, now: Instant): Promise<number> {
  const row = await tx
    .updateTable('users')
    .set((expression) => ({ version: expression('version', '+', 1), updated_at: now }))
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

export async function administratorExists(queries: Queries): Promise<boolean> {
  const row = await queries
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'administrator')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Sets the password, or replaces it. */
export async function savePasswordHash(tx: Tx, userId: UserId, hash: string, now: Instant): Promise<void> {
  await tx
    .insertInto('password_credentials')
    .values({ user_id: userId, hash, updated_at: now })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ hash, updated_at: now }))
    .execute();
}

/** Another hash of the password that there is. The caller holds the user's row locked, and has compared with the old one. */
export async function replacePasswordHash(tx: Tx, userId: UserId, hash: string): Promise<void> {
  await tx.updateTable('password_credentials').set({ hash }).where('user_id', '=', userId).execute();
}

/** Leaves the user without a password: nobody signs in until it is reset. */
export async function deletePassword(tx: Tx, userId: UserId): Promise<void> {
  await tx.deleteFrom('password_credentials').where('user_id', '=', userId).execute();
}

/** The password as it is now; it stays so where the caller holds the user's row locked. */
export async function readPassword(queries: Queries, userId: UserId): Promise<StoredPassword | null> {
  const row = await queries
    .selectFrom('password_credentials')
    .select(['hash', 'updated_at'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row === undefined ? null : { hash: row.hash, setAt: row.updated_at };
}

/** A user, of its row. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    emailVerifiedAt: row.email_verified_at,
    name: row.name,
    role: row.role,
    applicationRoles: readApplicationRoles(row.application_roles),
    version: row.version,
    createdAt: row.created_at,
    bannedAt: row.banned_at,
  };
}

/** The roles in the text of their column. */
export function readApplicationRoles(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}
