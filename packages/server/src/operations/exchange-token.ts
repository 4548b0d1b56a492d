import { ACCESS_TOKEN_TYPE_URI } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import type { Client } from '../domain/clients/client.ts';
import { exchangedTokenClaims } from '../domain/clients/exchange-claims.ts';
import {
  decideExchange,
  type ExchangeDecision,
  type ExchangeRefusal,
  type ExchangeRequest,
} from '../domain/clients/exchange.ts';
import type { TokenVoidReason } from '../domain/access-tokens/standing.ts';
import { audit, type OperationContext } from './context.ts';
import { findVoidReason } from './introspect-token.ts';
import { newTokenId, signAccessToken, type IssuedAccessToken } from './sign-access-token.ts';
import { verifyAccessToken } from './verify-access-token.ts';

/** Why a token is worth nothing here. For the log only. */
export type SubjectTokenRefusal = ExchangeRefusal | TokenVoidReason | 'not_ours';

export interface ExchangedToken extends IssuedAccessToken {
  /** RFC 8693 §2.2.1. */
  readonly issuedTokenType: typeof ACCESS_TOKEN_TYPE_URI;
}

export type ExchangeTokenResult =
  | ExchangedToken
  | { readonly kind: 'invalid_request'; readonly reason: SubjectTokenRefusal }
  | Exclude<ExchangeDecision, { readonly kind: 'granted' | 'invalid_request' }>;

/**
 * Gives a client an access token for one that it received or holds, for itself to go on with in the name of the same
 * subject (RFC 8693). The one that is shown stays as it is. What is revoked while this runs voids the new token all the
 * same: it carries all that the old one can be revoked by.
 *
 * @param client - As it was when its secret was accepted: a version that was raised since voids the token.
 */
export async function exchangeToken(
  context: OperationContext,
  client: Client,
  request: ExchangeRequest & { readonly subjectToken: string },
  caller: Caller,
): Promise<ExchangeTokenResult> {
  const subject = await verifyAccessToken(context, request.subjectToken);
  if (subject === undefined) return { kind: 'invalid_request', reason: 'not_ours' };
  const decision = decideExchange(client, request, subject.claims);
  if (decision.kind !== 'granted') return decision;
  const reason = await findVoidReason(context, subject);
  if (reason !== undefined) return { kind: 'invalid_request', reason };

  const now = context.clock();
  const { audience, scopes } = decision;
  const tokenId = newTokenId(context);
  const { ttlSeconds } = context.policy.accessTokens;
  const claims = exchangedTokenClaims({ ttlSeconds, client, subject, audience, scopes, tokenId, now });
  await context.store.transaction((tx) =>
    audit(context, tx, now, {
      type: 'token.exchanged',
      outcome: 'success',
      actor: client.id,
      target: tokenId,
      caller,
      details: {
        subject: claims.sub,
        token: subject.claims.jti,
        audience,
        scope: scopes.join(' '),
        ...(claims.sid !== undefined && { session: claims.sid }),
      },
    }),
  );
  return {
    ...(await signAccessToken(context, claims, scopes, request.keyThumbprint)),
    issuedTokenType: ACCESS_TOKEN_TYPE_URI,
  };
}
