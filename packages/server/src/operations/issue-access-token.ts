import { sessionTokenClaims } from '../domain/access-tokens/claims.ts';
import { decideGrant } from '../domain/access-tokens/grant.ts';
import type { Branch } from '../domain/sessions/decide-refresh.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import { rolesOf } from '../domain/users/user.ts';
import { findSessionStanding } from '../storage/token-standing.ts';
import type { OperationContext } from './context.ts';
import { newTokenId, signAccessToken, type IssuedAccessToken } from './sign-access-token.ts';

export type IssueAccessTokenResult =
  | IssuedAccessToken
  | { readonly kind: 'no_session' }
  | { readonly kind: 'invalid_target' }
  | { readonly kind: 'invalid_scope' };

/**
 * Makes an access token for a session. The row is read anew: a copy in memory is no authority to mint on. The token is
 * of the branch that asks, not of the row's: else one that was given up meanwhile could outlive its revocation.
 *
 * @param asking - The session as it was when its credential was accepted.
 */
export async function issueAccessToken(
  context: OperationContext,
  asking: Pick<Session, 'id' | 'generation' | 'attempt'>,
  request: {
    readonly audience?: string | undefined;
    readonly scope?: string | undefined;
    /** Of the key that the token is bound to (RFC 9449); undefined: to none. */
    readonly keyThumbprint?: string | undefined;
  },
): Promise<IssueAccessTokenResult> {
  const { policy } = context;
  const now = context.clock();
  const found = await findSessionStanding(context.store.queries, asking.id);
  if (found === undefined || !isLive(found.session, now) || isGivenUp(asking, found.session))
    return { kind: 'no_session' };
  if (found.user.bannedAt !== null) return { kind: 'no_session' };
  const { client } = found;
  if (found.session.clientId !== null && (client === undefined || client.disabledAt !== null)) {
    return { kind: 'no_session' };
  }

  const decision = decideGrant(request, rolesOf(found.user), policy.accessTokens);
  if (decision.kind !== 'granted') return decision;
  const claims = sessionTokenClaims({
    issuer: policy.issuer,
    ttlSeconds: policy.accessTokens.ttlSeconds,
    user: found.user,
    session: { ...found.session, generation: asking.generation, attempt: asking.attempt },
    clientVersion: client?.version,
    audience: decision.audience,
    scopes: decision.scopes,
    tokenId: newTokenId(context),
    now,
  });
  return signAccessToken(context, claims, decision.scopes, request.keyThumbprint);
}

/** A generation has one branch at a time. One that has moved on to the next generation was not given up. */
function isGivenUp(branch: Branch, current: Branch): boolean {
  return branch.generation === current.generation && branch.attempt !== current.attempt;
}
