import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import { newId, type UserId } from '../domain/ids.ts';
import {
  hashOneTimeToken,
  newOneTimeToken,
  parseOneTimeToken,
  type OneTimeToken,
} from '../domain/one-time-tokens/token.ts';
import { decideNewPassword, type PasswordObjection } from '../domain/passwords/policy.ts';
import { consumeOneTimeToken, replaceOneTimeToken } from '../storage/one-time-tokens.ts';
import { lockServer } from '../storage/server-lock.ts';
import { administratorExists, insertUser, savePasswordHash } from '../storage/users.ts';
import { audit, type OperationContext } from './context.ts';

/** Makes the token of the link that is printed at start, while there is no administrator; an older one dies. */
export async function offerFirstAdministrator(context: OperationContext): Promise<OneTimeToken | undefined> {
  return context.store.transaction(async (tx) => {
    await lockServer(tx);
    if (await administratorExists(tx)) return undefined;
    const now = context.clock();
    const token = newOneTimeToken(context.random);
    await replaceOneTimeToken(tx, {
      hash: hashOneTimeToken(token, 'first_administrator'),
      userId: null,
      purpose: 'first_administrator',
      address: null,
      now,
      expiresAt: now + context.policy.oneTimeLifeMs.first_administrator,
    });
    return token;
  });
}

export type CreateFirstAdministratorResult =
  | { readonly kind: 'created'; readonly userId: UserId }
  | { readonly kind: 'invalid_token' }
  | { readonly kind: 'invalid_email' }
  | { readonly kind: 'address_taken' }
  | { readonly kind: 'password_not_allowed'; readonly objection: PasswordObjection };

class AddressTakenError extends Error {}

/**
 * Makes the first administrator. Whoever holds the link can read the server's console, so the address counts
 * as confirmed. An address that has an account is refused: the link is no way into somebody's account.
 */
export async function createFirstAdministrator(
  context: OperationContext,
  input: {
    readonly token: string;
    readonly email: string;
    readonly password: string;
    readonly name?: string | undefined;
  },
  caller: Caller,
): Promise<CreateFirstAdministratorResult> {
  const token = parseOneTimeToken(input.token);
  if (token === undefined) return { kind: 'invalid_token' };
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  const decision = decideNewPassword(input.password, [input.email, input.name]);
  if (decision.kind !== 'allowed') return decision;

  const passwordHash = await context.passwords.hash(decision.password);
  const creation = context.store.transaction(async (tx): Promise<CreateFirstAdministratorResult> => {
    await lockServer(tx);
    const now = context.clock();
    const use = await consumeOneTimeToken(
      tx,
      hashOneTimeToken(token, 'first_administrator'),
      'first_administrator',
      now,
    );
    if (use.kind !== 'consumed' || (await administratorExists(tx))) return { kind: 'invalid_token' };

    const userId = newId('usr', now, context.random);
    const name = input.name ?? null;
    const isNew = await insertUser(tx, { id: userId, email, name, role: 'administrator', emailVerifiedAt: now, now });
    // Told only to whoever has the link. Rolled back, so that it still works.
    if (!isNew) throw new AddressTakenError();
    await savePasswordHash(tx, userId, passwordHash, now);
    await audit(context, tx, now, {
      type: 'administrator.created',
      outcome: 'success',
      actor: userId,
      target: userId,
      caller,
    });
    return { kind: 'created', userId };
  });
  return creation.catch((error: unknown) => {
    if (error instanceof AddressTakenError) return { kind: 'address_taken' };
    throw error;
  });
}
