import type { AccessTokenClaims } from '@latchkey/protocol';
import type { Client, GrantType } from '../domain/clients/client.ts';
import { decideClientGrant, type ClientGrantDecision, type ClientGrantRequest } from '../domain/clients/grant.ts';
import { toSeconds } from '../domain/instant.ts';
import type { OperationContext } from './context.ts';
import { newTokenId, signAccessToken, type IssuedAccessToken } from './sign-access-token.ts';

export type IssueClientTokenResult = IssuedAccessToken | Exclude<ClientGrantDecision, { readonly kind: 'granted' }>;

/**
 * Makes an access token for the client itself (RFC 6749 §4.4, RFC 7523 §2.1, RFC 9068 §2.2). Writes nothing: the token
 * is revoked by its id, or with the version of the client.
 *
 * @param client - As it was when its secret or its key was accepted: a version that was raised since voids the token.
 */
export async function issueClientToken(
  context: OperationContext,
  client: Client,
  request: ClientGrantRequest,
  grant: GrantType = 'client_credentials',
): Promise<IssueClientTokenResult> {
  const { issuer, accessTokens } = context.policy;
  const decision = decideClientGrant(client, request, issuer, grant);
  if (decision.kind !== 'granted') return decision;
  const { audience, scopes } = decision;
  const issuedAt = toSeconds(context.clock());
  const claims: AccessTokenClaims = {
    iss: issuer,
    // RFC 9068 §2.2: no user is involved, so the client is its own subject.
    sub: client.id,
    aud: audience,
    exp: issuedAt + accessTokens.ttlSeconds,
    iat: issuedAt,
    jti: newTokenId(context),
    client_id: client.id,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    cv: client.version,
  };
  return signAccessToken(context, claims, scopes, request.keyThumbprint);
}
