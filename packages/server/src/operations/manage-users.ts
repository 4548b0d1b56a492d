import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import { newId, type UserId } from '../domain/ids.ts';
import { decideNewPassword, type PasswordObjection } from '../domain/passwords/policy.ts';
import type { Role, User } from '../domain/users/user.ts';
import { searchUsers, type UserSearch } from '../storage/user-search.ts';
import { findUser, insertUser, savePasswordHash } from '../storage/users.ts';
import { audit, type OperationContext } from './context.ts';
import { toPage, type Page } from './page.ts';

export type AddUserResult =
  | { readonly kind: 'added'; readonly user: User }
  | { readonly kind: 'invalid_email' }
  | { readonly kind: 'address_taken' }
  | { readonly kind: 'password_not_allowed'; readonly objection: PasswordObjection };

/** Makes an account for somebody whom the operator knows: the address counts as confirmed. */
export async function addUser(
  context: OperationContext,
  input: { readonly email: string; readonly password: string; readonly name: string | null; readonly role: Role },
  actor: string,
): Promise<AddUserResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  const decision = decideNewPassword(input.password, [input.email, input.name]);
  if (decision.kind !== 'allowed') return decision;
  const passwordHash = await context.passwords.hash(decision.password);
  return context.store.transaction(async (tx): Promise<AddUserResult> => {
    const now = context.clock();
    const id = newId('usr', now, context.random);
    const { name, role } = input;
    if (!(await insertUser(tx, { id, email, name, role, emailVerifiedAt: now, now }))) return { kind: 'address_taken' };
    await savePasswordHash(tx, id, passwordHash, now);
    const details = { role };
    await audit(context, tx, now, {
      type: 'user.created',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
      details,
    });
    const user = await findUser(tx, id);
    if (user === undefined) throw new Error('The account is gone in the transaction that made it');
    return { kind: 'added', user };
  });
}

/** The user with this id. */
export function findUserById(context: OperationContext, id: UserId): Promise<User | undefined> {
  return findUser(context.store.queries, id);
}

/** Which users to list; what is left out does not matter. */
export interface ListedUsers extends UserSearch {
  /** By age; users of whom the beginning of the address is given come in the order of addresses. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of users. Whoever comes while pages are read is on none of them twice, and nobody is left out who was there. */
export async function listUsersPage(
  context: OperationContext,
  { order = 'newest', after, limit, ...search }: ListedUsers,
): Promise<Page<User>> {
  const byAddress = search.emailPrefix !== undefined;
  const page = { order: byAddress ? 'address' : order, after, limit: limit + 1 } as const;
  const found = await searchUsers(context.store.queries, search, page);
  const { items, next } = toPage(found, limit, ({ user, emailKey }) => (byAddress ? emailKey : user.id));
  return { items: items.map(({ user }) => user), next };
}
