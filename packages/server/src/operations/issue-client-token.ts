import type { AccessTokenClaims } from '@latchkey/protocol';
import type { Client } from '../domain/clients/client.ts';
import { decideClientGrant, type ClientGrantDecision, type ClientGrantRequest } from '../domain/clients/grant.ts';
import { toSeconds } from '../domain/instant.ts';
import type { OperationContext } from './context.ts';

export type IssueClientTokenResult =
  | {
      readonly kind: 'issued';
      readonly accessToken: string;
      readonly expiresInSeconds: number;
      readonly scopes: readonly string[];
    }
  | Exclude<ClientGrantDecision, { readonly kind: 'granted' }>;

const TOKEN_ID_BYTES = 16;

/**
 * Makes an access token for the client itself (RFC 6749 §4.4, RFC 9068 §2.2). Writes nothing: the token is revoked by
 * its id, or with the version of the client.
 *
 * @param client - As it was when its secret was accepted: a version that was raised since voids the token.
 */
export async function issueClientToken(
  context: OperationContext,
  client: Client,
  request: ClientGrantRequest,
): Promise<IssueClientTokenResult> {
  const { issuer, accessTokens } = context.policy;
  const decision = decideClientGrant(client, request, issuer);
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
    jti: Buffer.from(context.random(TOKEN_ID_BYTES)).toString('base64url'),
    client_id: client.id,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    cv: client.version,
  };
  const accessToken = await context.keyRing.signAccessToken(claims);
  return { kind: 'issued', accessToken, expiresInSeconds: accessTokens.ttlSeconds, scopes };
}
