import { SERVER_SCOPES } from '../access-tokens/grant.ts';
import { JWT_BEARER_GRANT, type Client, type GrantType } from './client.ts';

/** Grants that give a client tokens in its own name, which a JWT of its own then may stand for. */
const GRANTS_IN_OWN_NAME: readonly GrantType[] = ['client_credentials', JWT_BEARER_GRANT];

/** What a client may do with a JWT that it signed itself. */
export interface SelfSignedAccess {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

/**
 * Decides what a client may do at a resource server without a token: what a token in its own name would allow, and
 * never more. Undefined: nothing.
 *
 * @param reader - The resource server. One with audiences is told of those alone.
 */
export function decideSelfSignedAccess(
  client: Pick<Client, 'scopes' | 'audiences' | 'dpopBound'> & { readonly grants: readonly string[] },
  reader: Pick<Client, 'audiences'>,
): SelfSignedAccess | undefined {
  if (!GRANTS_IN_OWN_NAME.some((grant) => client.grants.includes(grant))) return undefined;
  // RFC 9449 §5.2: nothing of such a client is good in the hands of whoever finds it.
  if (client.dpopBound) return undefined;
  const isAny = reader.audiences.length === 0;
  const audiences = client.audiences.filter((audience) => isAny || reader.audiences.includes(audience));
  if (audiences.length === 0) return undefined;
  // Power over this server is used at this server, by its tokens.
  return { audiences, scopes: client.scopes.filter((scope) => !SERVER_SCOPES.includes(scope)) };
}
