import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import { newId } from '../domain/ids.ts';
import { decideNewPassword, type PasswordObjection } from '../domain/passwords/policy.ts';
import type { Role, User } from '../domain/users/user.ts';
import { findUser, findUserByEmail, insertUser, listUsers, savePasswordHash } from '../storage/users.ts';
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

/** The user with this address; undefined where there is none, or it is no address. */
export async function findUserOf(context: OperationContext, text: string): Promise<User | undefined> {
  const email = parseEmailAddress(text);
  return email && findUserByEmail(context.store.queries, email.key);
}

/** Users in the order in which they were made. @param after - `next` of the page before, or nothing. */
export async function listUsersPage(
  context: OperationContext,
  { after = '', limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<Page<User>> {
  const users = await listUsers(context.store.queries, after, limit + 1);
  return toPage(users, limit, ({ id }) => id);
}
