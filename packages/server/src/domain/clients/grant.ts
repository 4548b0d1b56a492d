import { SERVER_SCOPES } from '../access-tokens/grant.ts';
import type { Client, GrantType } from './client.ts';
import { parseScope } from './scope.ts';

/** What a client asks a token for. */
export interface ClientGrantRequest {
  readonly scope: string | undefined;
  /** Resource servers, by `resource` (RFC 8707) or `audience`. */
  readonly audiences: readonly string[];
  /** Thumbprint of the key that the client has proved to have (RFC 9449 §5): the token is bound to it. */
  readonly keyThumbprint?: string | undefined;
}

export type ClientGrantDecision =
  | { readonly kind: 'granted'; readonly audience: string; readonly scopes: readonly string[] }
  | { readonly kind: 'unauthorized_client' }
  | { readonly kind: 'invalid_target' }
  | { readonly kind: 'invalid_scope' };

/**
 * Decides on a token for the client itself (RFC 6749 §4.4, RFC 7523 §2.1). One token is for one resource server (RFC
 * 9700 §2.3): a client that has several names the one that it means.
 *
 * @param issuer - The resource server of a client that has no other.
 */
export function decideClientGrant(
  client: Pick<Client, 'grants' | 'scopes' | 'audiences'>,
  request: ClientGrantRequest,
  issuer: string,
  grant: GrantType = 'client_credentials',
): ClientGrantDecision {
  if (!client.grants.includes(grant)) return { kind: 'unauthorized_client' };
  const allowed = client.audiences.length > 0 ? client.audiences : [issuer];
  const [audience, ...others] = new Set(request.audiences.length > 0 ? request.audiences : allowed);
  if (audience === undefined || others.length > 0 || !allowed.includes(audience)) return { kind: 'invalid_target' };

  const scopes = request.scope === undefined ? ordinaryScopes(client) : parseScope(request.scope);
  if (scopes === undefined || !scopes.every((scope) => client.scopes.includes(scope))) return { kind: 'invalid_scope' };
  return { kind: 'granted', audience, scopes };
}

/** The default (RFC 6749 §3.3): all that the client has, but power over this server only when asked for by name. */
function ordinaryScopes({ scopes }: Pick<Client, 'scopes'>): readonly string[] {
  return scopes.filter((scope) => !SERVER_SCOPES.includes(scope));
}
