import { sessionTokenClaims } from '../domain/access-tokens/claims.ts';
import { decideGrant } from '../domain/access-tokens/grant.ts';
import type { SessionId } from '../domain/ids.ts';
import { toSeconds } from '../domain/instant.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import { rolesOf } from '../domain/users/user.ts';
import { findSession } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';

export type IssueAccessTokenResult =
  | {
      readonly kind: 'issued';
      readonly accessToken: string;
      readonly expiresInSeconds: number;
      readonly scopes: readonly string[];
    }
  | { readonly kind: 'no_session' }
  | { readonly kind: 'invalid_target' }
  | { readonly kind: 'invalid_scope' };

const TOKEN_ID_BYTES = 16;

/** Makes an access token for a session. The row is read anew: a copy in memory is no authority to mint on. */
export async function issueAccessToken(
  context: OperationContext,
  sessionId: SessionId,
  request: { readonly audience?: string | undefined; readonly scope?: string | undefined },
): Promise<IssueAccessTokenResult> {
  const { policy } = context;
  const now = context.clock();
  const found = await findSession(context.store.queries, sessionId);
  if (found === undefined || !isLive(found.session, now)) return { kind: 'no_session' };

  const decision = decideGrant(request, rolesOf(found.user), policy.accessTokens);
  if (decision.kind !== 'granted') return decision;
  const claims = sessionTokenClaims({
    issuer: policy.issuer,
    ttlSeconds: policy.accessTokens.ttlSeconds,
    user: found.user,
    session: found.session,
    audience: decision.audience,
    scopes: decision.scopes,
    tokenId: Buffer.from(context.random(TOKEN_ID_BYTES)).toString('base64url'),
    now,
  });
  return {
    kind: 'issued',
    accessToken: await context.keyRing.signAccessToken(claims),
    expiresInSeconds: claims.exp - toSeconds(now),
    scopes: decision.scopes,
  };
}
