import type { AccessTokenClaims, ActorClaim, FormerToken } from '@latchkey/protocol';
import { toSeconds, type Instant } from '../instant.ts';
import type { Client } from './client.ts';

export interface ExchangedClaimsInput {
  readonly ttlSeconds: number;
  /** The client that exchanges. */
  readonly client: Pick<Client, 'id' | 'version' | 'firstParty'>;
  /** The token that it exchanges. */
  readonly subject: { readonly kid: string; readonly claims: AccessTokenClaims };
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly tokenId: string;
  readonly now: Instant;
}

/**
 * Claims of an access token that was given for another one: of the same subject and session, so that whatever ends
 * these ends it, and with the ids of all tokens before it, so that whatever voids one of them voids it. It never
 * outlives the one before, and is bound to no key: somebody else holds it.
 */
export function exchangedTokenClaims(input: ExchangedClaimsInput): AccessTokenClaims {
  const { client, subject, scopes } = input;
  const { iss, sub, exp, auth_time, amr, acr, roles, sid, sv, br, act } = subject.claims;
  const issuedAt = toSeconds(input.now);
  const actor: ActorClaim = { sub: client.id, ...(act !== undefined && { act }) };
  return {
    iss,
    sub,
    aud: input.audience,
    exp: Math.min(issuedAt + input.ttlSeconds, exp),
    iat: issuedAt,
    jti: input.tokenId,
    client_id: client.id,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(auth_time !== undefined && { auth_time }),
    ...(amr !== undefined && { amr }),
    ...(acr !== undefined && { acr }),
    // As for codes: what the user may do is not all for somebody else's program to do.
    ...(roles !== undefined && client.firstParty && { roles }),
    ...(sid !== undefined && { sid }),
    ...(sv !== undefined && { sv }),
    cv: client.version,
    ...(br !== undefined && { br }),
    act: actor,
    via: [formerToken(subject), ...(subject.claims.via ?? [])],
  };
}

function formerToken({ kid, claims }: ExchangedClaimsInput['subject']): FormerToken {
  return { jti: claims.jti, kid, client_id: claims.client_id, ...(claims.cv !== undefined && { cv: claims.cv }) };
}
