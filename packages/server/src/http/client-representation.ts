import type { AdminClientResponse } from '@latchkey/protocol/schemas';
import type { Client } from '../domain/clients/client.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import type { RegistrationProblem, RegistrationProblemCode } from '../domain/clients/registration.ts';
import type { ClientSecret } from '../domain/clients/secret.ts';
import { toSeconds } from '../domain/instant.ts';
import { invalidMembers, type ApiError } from './api-error.ts';

/** By the names of RFC 7591 §2 and §3.2.1, and `audiences`. */
export function representManagedClient(
  client: Client,
  keys: readonly ClientKey[],
  secret?: ClientSecret,
): AdminClientResponse {
  return {
    client_id: client.id,
    // Of a secret that expires there would be the second; 0 is for one that does not.
    ...(secret !== undefined && { client_secret: secret.reveal(), client_secret_expires_at: 0 }),
    client_name: client.name,
    client_id_issued_at: toSeconds(client.createdAt),
    token_endpoint_auth_method: client.authMethod,
    grant_types: [...client.grants],
    scope: client.scopes.join(' '),
    audiences: [...client.audiences],
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    backchannel_logout_uri: client.backchannelLogoutUri,
    dpop_bound_access_tokens: client.dpopBound,
    require_pushed_authorization_requests: client.requirePushedRequests,
    ...(client.jwksUri !== null && { jwks_uri: client.jwksUri }),
    ...(keys.length > 0 && { jwks: { keys: keys.map(({ publicJwk }) => parseObject(publicJwk)) } }),
    first_party: client.firstParty,
    disabled: client.disabledAt !== null,
  };
}

function parseObject(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}

/** Longer than any value that is meant well; the answer is not to be larger than what was asked. */
const MAX_SHOWN_CHARACTERS = 2100;
const MAX_NAMED_PROBLEMS = 20;

/** A registration that is refused: each problem at its member, by its stable code and what was given. */
export function registrationRefused(problems: readonly RegistrationProblem[]): ApiError {
  return invalidMembers(
    ...problems.slice(0, MAX_NAMED_PROBLEMS).map(({ code, value }) => ({
      pointer: `/${MEMBERS[code] ?? 'jwks'}`,
      detail: value === '' ? code : `${code}: ${value.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()}`,
    })),
  );
}

/** Where a problem is; all others are about keys. */
const MEMBERS: Readonly<Partial<Record<RegistrationProblemCode, string>>> = {
  bad_name: 'client_name',
  unknown_grant: 'grant_types',
  grant_needs_secret: 'grant_types',
  grant_needs_redirect_uri: 'grant_types',
  grant_needs_code: 'grant_types',
  grant_needs_keys: 'grant_types',
  bad_scope: 'scope',
  scope_needs_secret: 'scope',
  bad_audience: 'audiences',
  bad_redirect_uri: 'redirect_uris',
  bad_backchannel_logout_uri: 'backchannel_logout_uri',
  unknown_auth_method: 'token_endpoint_auth_method',
  auth_method_needs_secret: 'token_endpoint_auth_method',
  auth_method_needs_keys: 'token_endpoint_auth_method',
  bad_jwks_uri: 'jwks_uri',
  several_key_sources: 'jwks_uri',
};
