import type { EmailAddress } from '../domain/email-addresses/parse.ts';
import type { Instant } from '../domain/instant.ts';
import type { OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import type { RegistrationRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** Somebody has signed up with an address, and whoever reads its mail has not said so yet. */
export interface Registration {
  readonly email: EmailAddress;
  readonly name: string | null;
  readonly passwordHash: string;
  /** Hash of the newest token that was mailed; null where none is good. */
  readonly tokenHash: OneTimeTokenHash | null;
  /** Signed up for with more than one password: none of them becomes the account's. */
  readonly contested: boolean;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

/** The registration of an address, if it has not expired. Reads without a lock. */
export async function findRegistration(
  queries: Queries,
  emailKey: string,
  now: Instant,
): Promise<Registration | undefined> {
  const row = await queries
    .selectFrom('registrations')
    .selectAll()
    .where('email_key', '=', emailKey)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row && toRegistration(row);
}

/** As {@link findRegistration}; locks the row until the transaction ends. */
export async function lockRegistration(tx: Tx, emailKey: string, now: Instant): Promise<Registration | undefined> {
  const row = await tx
    .selectFrom('registrations')
    .selectAll()
    .where('email_key', '=', emailKey)
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
  return row && toRegistration(row);
}

/**
 * Writes the registration of an address, over one that has expired, or whose password is the one that was compared
 * before. Locks the row until the transaction ends.
 *
 * @param over - The hash that the new one was compared with, null where there was none; or whatever there is.
 * @returns False where there is another one by now: then nothing was written, and it is to be compared again.
 */
export async function saveRegistration(
  tx: Tx,
  registration: Registration,
  over: { readonly hash: string | null } | 'whatever',
): Promise<boolean> {
  const { email, createdAt } = registration;
  const row: RegistrationRow = {
    email_key: email.key,
    address: email.address,
    name: registration.name,
    password_hash: registration.passwordHash,
    token_hash: registration.tokenHash,
    contested: registration.contested ? 1 : 0,
    created_at: createdAt,
    expires_at: registration.expiresAt,
  };
  const { email_key: _, ...changes } = row;
  const written = await tx
    .insertInto('registrations')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('email_key')
        .doUpdateSet(changes)
        .where((where) =>
          where.or([
            where(
              'registrations.password_hash',
              over === 'whatever' ? '!=' : '=',
              over === 'whatever' ? '' : (over.hash ?? ''),
            ),
            where('registrations.expires_at', '<=', createdAt),
          ]),
        ),
    )
    .returning('email_key')
    .executeTakeFirst();
  return written !== undefined;
}

/** Gives the registration its token, in place of an older one, and a new life. The caller holds the row locked. */
export async function setRegistrationToken(
  tx: Tx,
  emailKey: string,
  tokenHash: OneTimeTokenHash | null,
  expiresAt: Instant,
): Promise<void> {
  await tx
    .updateTable('registrations')
    .set({ token_hash: tokenHash, expires_at: expiresAt })
    .where('email_key', '=', emailKey)
    .execute();
}

/**
 * Uses the token up: of any number of callers at once exactly one gets the registration. One that has expired is not
 * given out. Locks the row until the transaction ends.
 */
export async function consumeRegistrationToken(
  tx: Tx,
  tokenHash: OneTimeTokenHash,
  now: Instant,
): Promise<Registration | undefined> {
  const row = await tx
    .updateTable('registrations')
    .set({ token_hash: null })
    .where('token_hash', '=', tokenHash)
    .returningAll()
    .executeTakeFirst();
  return row && row.expires_at > now ? toRegistration(row) : undefined;
}

export async function deleteRegistration(tx: Tx, emailKey: string): Promise<void> {
  await tx.deleteFrom('registrations').where('email_key', '=', emailKey).execute();
}

/**
 * Removes what has expired; gives how many. Safe on several nodes at once: none waits for rows that another one is
 * removing.
 *
 * @param limit - About how many at most, so that no statement takes long.
 */
export async function purgeRegistrations(tx: Tx, now: Instant, limit: number): Promise<number> {
  const expired = tx.selectFrom('registrations').select('email_key').where('expires_at', '<=', now).limit(limit);
  const result = await tx
    .deleteFrom('registrations')
    .where('email_key', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

function toRegistration(row: RegistrationRow): Registration {
  return {
    email: { address: row.address, key: row.email_key },
    name: row.name,
    passwordHash: row.password_hash,
    tokenHash: row.token_hash,
    contested: row.contested === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
