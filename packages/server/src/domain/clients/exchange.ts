import type { AccessTokenClaims } from '@latchkey/protocol';
import { SERVER_SCOPES } from '../access-tokens/grant.ts';
import { TOKEN_EXCHANGE_GRANT, type Client } from './client.ts';
import { parseScope } from './scope.ts';

/** How many exchanges a token may have behind it: a chain of services is short, a loop is not. */
const MAX_EXCHANGES = 5;

/** What a client asks for in exchange for a token (RFC 8693 §2.1). */
export interface ExchangeRequest {
  readonly scope: string | undefined;
  /** Resource servers, by `resource` (RFC 8707) or `audience`. */
  readonly audiences: readonly string[];
  /** Thumbprint of the key that the client has proved to have (RFC 9449 §5): the new token is bound to it. */
  readonly keyThumbprint?: string | undefined;
}

/** Why a token is not exchanged. For the log only: outside, all of these look alike (RFC 8693 §2.2.2). */
export type ExchangeRefusal =
  /** It was neither sent to this client nor issued to it. */
  | 'not_meant_for_client'
  /** It is bound to a key, and the client is not the resource server that has seen the proof. */
  | 'bound_to_key'
  | 'too_many_exchanges';

export type ExchangeDecision =
  | { readonly kind: 'granted'; readonly audience: string; readonly scopes: readonly string[] }
  | { readonly kind: 'unauthorized_client' }
  | { readonly kind: 'invalid_request'; readonly reason: ExchangeRefusal }
  | { readonly kind: 'invalid_target' }
  | { readonly kind: 'invalid_scope' };

/**
 * Decides on the exchange of an access token (RFC 8693 §2): never for more than the token allows, nor for more than the
 * client was registered for. The caller has made sure that the token stands.
 *
 * @param subject - Claims of the token, and whatever else is in it.
 */
export function decideExchange(
  client: Pick<Client, 'id' | 'authMethod' | 'grants' | 'scopes' | 'audiences'>,
  request: ExchangeRequest,
  subject: Pick<AccessTokenClaims, 'aud' | 'client_id' | 'scope' | 'via'> & { readonly cnf?: unknown },
): ExchangeDecision {
  // Whoever calls itself a public client could be anybody with a token that it found.
  if (client.authMethod === 'none' || !client.grants.includes(TOKEN_EXCHANGE_GRANT)) {
    return { kind: 'unauthorized_client' };
  }
  const reason = refusalOf(client, subject);
  if (reason !== undefined) return { kind: 'invalid_request', reason };

  // RFC 8693 §2.1 allows several; RFC 9700 §2.3 wants one.
  const [audience, ...others] = new Set(request.audiences.length > 0 ? request.audiences : client.audiences);
  if (audience === undefined || others.length > 0 || !client.audiences.includes(audience)) {
    return { kind: 'invalid_target' };
  }
  const mostScopes = (subject.scope?.split(' ') ?? []).filter((scope) => isGivenOn(scope, client));
  const scopes = request.scope === undefined ? mostScopes : parseScope(request.scope);
  if (scopes === undefined || !scopes.every((scope) => mostScopes.includes(scope))) return { kind: 'invalid_scope' };
  return { kind: 'granted', audience, scopes };
}

function refusalOf(
  client: Pick<Client, 'id' | 'audiences'>,
  subject: Pick<AccessTokenClaims, 'aud' | 'client_id' | 'via'> & { readonly cnf?: unknown },
): ExchangeRefusal | undefined {
  const audiences = typeof subject.aud === 'string' ? [subject.aud] : subject.aud;
  const wasSentToClient = audiences.some((audience) => client.audiences.includes(audience));
  if (!wasSentToClient && subject.client_id !== client.id) return 'not_meant_for_client';
  // RFC 9449 §7: only whom the token was sent to has seen a proof. From its holder none can be had here, whose
  // audiences say where its tokens may go as well.
  if (subject.cnf !== undefined && (!wasSentToClient || subject.client_id === client.id)) return 'bound_to_key';
  return (subject.via?.length ?? 0) >= MAX_EXCHANGES ? 'too_many_exchanges' : undefined;
}

/** Power over this server itself is nothing to hand on. */
function isGivenOn(scope: string, client: Pick<Client, 'scopes'>): boolean {
  return client.scopes.includes(scope) && !SERVER_SCOPES.includes(scope);
}
