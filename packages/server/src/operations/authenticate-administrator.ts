import { tokenHolder, type Administrator, type TokenHolder } from '../domain/administration/administrator.ts';
import type { TokenVoidReason } from '../domain/access-tokens/standing.ts';
import { findClient } from '../storage/clients.ts';
import { findSession } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import type { OperationContext } from './context.ts';
import { findVoidReason, type InactiveReason } from './introspect-token.ts';
import { verifyAccessToken } from './verify-access-token.ts';

export type AdministratorAuthentication =
  | {
      readonly kind: 'authenticated';
      readonly administrator: Administrator;
      /** Asks once more, in a transaction: why the token is void by now, if it is. */
      readonly findVoidReason: (tx: Tx) => Promise<TokenVoidReason | undefined>;
    }
  /** Why, for the log only. */
  | { readonly kind: 'refused'; readonly reason: AdministratorRefusal };

export type AdministratorRefusal = InactiveReason | 'bound_to_a_key' | 'for_somebody_else';

/**
 * Whom an access token lets manage the server. The database is the authority, each time: whoever was revoked a moment
 * ago is out. Scopes count as far as their holder still has them. Does not check which one a request needs.
 */
export async function authenticateAdministrator(
  context: OperationContext,
  token: string,
): Promise<AdministratorAuthentication> {
  const verified = await verifyAccessToken(context, token);
  if (verified === undefined) return { kind: 'refused', reason: 'not_ours' };
  const { claims } = verified;
  const holder = tokenHolder(claims, context.policy.issuer);
  if (holder === undefined) return { kind: 'refused', reason: 'for_somebody_else' };
  // RFC 9449 §7.1: whoever presents it as Bearer has not shown the key.
  if ('cnf' in claims) return { kind: 'refused', reason: 'bound_to_a_key' };
  const reason = await findVoidReason(context, verified);
  if (reason !== undefined) return { kind: 'refused', reason };
  const scopes = await scopesHeld(context, holder, claims.scope?.split(' ') ?? []);
  return {
    kind: 'authenticated',
    administrator: { actor: holder.id, scopes },
    findVoidReason: (tx) => findVoidReason(context, verified, tx),
  };
}

/** What of a token's scopes its holder still has: a client as it is registered now, a user as administrator. */
async function scopesHeld(
  { store }: OperationContext,
  holder: TokenHolder,
  scopes: readonly string[],
): Promise<readonly string[]> {
  if (holder.kind === 'client') {
    const client = await findClient(store.queries, holder.id);
    return scopes.filter((scope) => client?.scopes.includes(scope) === true);
  }
  const found = await findSession(store.queries, holder.sessionId);
  return found?.user.role === 'administrator' ? scopes : [];
}
