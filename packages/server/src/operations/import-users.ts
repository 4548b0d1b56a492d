import { newId, type UserId } from '../domain/ids.ts';
import { DAY_MS, type Instant } from '../domain/instant.ts';
import type { ImportedAccount, ImportedRegistration, ImportedUser } from '../domain/users/imported-user.ts';
import { findRegistration, saveRegistration } from '../storage/registrations.ts';
import type { Queries, Tx } from '../storage/store.ts';
import { findUserByEmail, insertUser, savePasswordHash, setApplicationRoles, setUserBan } from '../storage/users.ts';
import { audit, type OperationContext } from './context.ts';

export type ImportResult =
  /** Has an account now; without an id where it was only asked for. */
  | { readonly status: 'imported'; readonly id: UserId | null }
  /** Will have an account when the address is confirmed. */
  | { readonly status: 'waiting'; readonly id: null }
  /** Was here before, and is left as it is; without an id where the address waits. */
  | { readonly status: 'existing'; readonly id: UserId | null };

/** Nobody has asked these to confirm yet, so they have longer than who has just signed up. */
const WAITING_LIFE_MS = 30 * DAY_MS;

/**
 * Takes people over from another product, all of them in one transaction. An address that is known here, or that waits,
 * is left as it is: to import the same people again changes nothing, also where two do so at once.
 *
 * @param actor - Who does it: `cli`, or the id of a client or user.
 * @returns What became of each, in their order.
 */
export async function importUsers(
  context: OperationContext,
  users: readonly ImportedUser[],
  actor: string,
): Promise<readonly ImportResult[]> {
  return context.store.transaction(async (tx) => {
    const now = context.clock();
    const results: ImportResult[] = [];
    // By address: two imports at once lock rows in one order, and none waits for the other in a circle.
    for (const [index, user] of inOrder(users)) {
      results[index] =
        user.kind === 'account'
          ? await importAccount(context, tx, user, actor, now)
          : await importRegistration(context, tx, user, actor, now);
    }
    return results;
  });
}

/** What {@link importUsers} would do, as far as it can be told beforehand. Writes nothing. */
export async function previewImport(
  context: OperationContext,
  users: readonly ImportedUser[],
): Promise<readonly ImportResult[]> {
  const { queries } = context.store;
  const now = context.clock();
  const seen = new Set<string>();
  const results: ImportResult[] = [];
  for (const user of users) {
    const { key } = user.email;
    const existing = await findUserByEmail(queries, key);
    const isKnown = existing !== undefined || seen.has(key) || (await waits(queries, user, now));
    seen.add(key);
    const status = user.kind === 'account' ? 'imported' : 'waiting';
    results.push(isKnown ? { status: 'existing', id: existing?.id ?? null } : { status, id: null });
  }
  return results;
}

function inOrder(users: readonly ImportedUser[]): readonly (readonly [number, ImportedUser])[] {
  return [...users.entries()].toSorted(([, left], [, right]) => (left.email.key < right.email.key ? -1 : 1));
}

/** A sign-up that waits keeps nobody from an account, who has confirmed the address elsewhere. */
async function waits(queries: Queries, { kind, email }: ImportedUser, now: Instant): Promise<boolean> {
  return kind === 'registration' && (await findRegistration(queries, email.key, now)) !== undefined;
}

async function importAccount(
  context: OperationContext,
  tx: Tx,
  user: ImportedAccount,
  actor: string,
  now: Instant,
): Promise<ImportResult> {
  const { email, name, password, createdAt, roles, banned } = user;
  const id = newId('usr', now, context.random);
  const row = { id, email, name, role: 'user', emailVerifiedAt: now, createdAt: createdAt ?? now, now } as const;
  if (!(await insertUser(tx, row))) {
    const existing = await findUserByEmail(tx, email.key);
    return { status: 'existing', id: existing?.id ?? null };
  }
  if (password !== null) await savePasswordHash(tx, id, password.stored, now);
  if (roles.length > 0) await setApplicationRoles(tx, id, roles, now);
  if (banned) await setUserBan(tx, id, now, now);
  await audit(context, tx, now, {
    type: 'user.imported',
    outcome: 'success',
    actor,
    target: id,
    caller: null,
    details: {
      password: password?.scheme ?? 'none',
      ...(roles.length > 0 && { roles: roles.join(' ') }),
      ...(banned && { banned }),
    },
  });
  return { status: 'imported', id };
}

/** As a sign-up, but nobody gets a mail whom nobody has told: it is mailed when they ask for it. */
async function importRegistration(
  context: OperationContext,
  tx: Tx,
  { email, name, password }: ImportedRegistration,
  actor: string,
  now: Instant,
): Promise<ImportResult> {
  const existing = await findUserByEmail(tx, email.key);
  if (existing !== undefined) return { status: 'existing', id: existing.id };
  const rest = { tokenHash: null, contested: false, createdAt: now, expiresAt: now + WAITING_LIFE_MS };
  const registration = { email, name, passwordHash: password.stored, ...rest };
  if (!(await saveRegistration(tx, registration, { hash: null }))) return { status: 'existing', id: null };
  await audit(context, tx, now, {
    type: 'user.imported',
    outcome: 'success',
    actor,
    target: null,
    caller: null,
    details: { password: password.scheme, waiting: true },
  });
  return { status: 'waiting', id: null };
}
