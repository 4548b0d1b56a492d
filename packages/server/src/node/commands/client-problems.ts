import { SERVER_SCOPES } from '../../domain/access-tokens/grant.ts';
import { CLIENT_AUTH_METHODS, GRANT_TYPES } from '../../domain/clients/client.ts';
import { CLIENT_KEY_ALGORITHMS, type ClientKeyProblemCode } from '../../domain/clients/keys.ts';
import type { RegistrationProblem, RegistrationProblemCode } from '../../domain/clients/registration.ts';
import { AdminApiError } from '../admin-api/admin-api.ts';
import { CommandError } from '../command-error.ts';

/** A registration that the server refused, in words of the command line; any other error as it is. */
export function refusedRegistration(error: unknown, advice: string): unknown {
  if (!(error instanceof AdminApiError) || error.problem.code !== 'invalid_request') return error;
  const { errors = [] } = error.problem;
  return new CommandError(errors.map(({ detail }) => describeRefusal(detail)).join('\n'), advice);
}

/** @param detail - A stable code and what was given, or a sentence. */
function describeRefusal(detail: string): string {
  const [, code = '', value = ''] = /^([a-z_]+)(?:: (.*))?$/s.exec(detail) ?? [];
  if (code === 'not_fetched') return `The keys cannot be fetched: ${describeKeySetFailure(value)}.`;
  // A server of another release may know problems that this one does not.
  const description: string | undefined = describeRegistrationProblem({ code: code as RegistrationProblemCode, value });
  return description ?? detail;
}

/** What is wrong with a registration, and what to give instead. */
export function describeRegistrationProblem({ code, value }: RegistrationProblem): string {
  switch (code) {
    case 'bad_name':
      return 'NAME must be 1 to 120 printable characters.';
    case 'unknown_grant':
      return `--grant ${value}: there is no such grant. Give ${GRANT_TYPES.join(' or ')}.`;
    case 'grant_needs_secret':
      return `--grant ${value}: a public client cannot prove who it is. Leave out --public, or the grant.`;
    case 'grant_needs_redirect_uri':
      return `--grant ${value}: the code is sent to an address of the client. Give --redirect-uri as well.`;
    case 'grant_needs_code':
      return `--grant ${value}: it goes on from a code. Give --grant authorization_code as well.`;
    case 'bad_scope':
      return `--scope "${value}": give names separated by single spaces, without quotes or backslashes.`;
    case 'scope_needs_secret':
      return `--scope ${value}: ${SERVER_SCOPES.join(', ')} give power over this server. Leave out --public, or the scope.`;
    case 'bad_audience':
      return `--audience ${value}: give an absolute URI without a fragment, such as https://api.example.com.`;
    case 'bad_redirect_uri':
      return (
        `--redirect-uri ${value}: give the whole address, with https:// (or http:// on localhost, 127.0.0.1 or [::1]), ` +
        'without a pattern, a password or a fragment.'
      );
    case 'bad_backchannel_logout_uri':
      return `--backchannel-logout-uri ${value}: give the whole address, with https:// (or http:// on this very machine), without a fragment.`;
    case 'unknown_auth_method':
      return `--auth-method ${value}: there is no such method. Give ${CLIENT_AUTH_METHODS.join(', ')}.`;
    case 'auth_method_needs_secret':
      return `--auth-method ${value}: a public client has no secret. Leave out --public, or give --auth-method none.`;
    case 'auth_method_needs_keys':
    case 'grant_needs_keys':
      return `${value}: the client signs with a key of its own. Give --jwk, --jwks-uri or --generate-key as well.`;
    case 'several_key_sources':
      return `--jwks-uri ${value}: give the keys, or the address where they are, and not both.`;
    case 'keys_of_public_client':
      return 'A public client cannot keep a private key. Leave out --public, or the keys.';
    case 'bad_jwks_uri':
      return `--jwks-uri ${value}: give the whole address, with https:// (or http:// on this very machine), without a fragment.`;
    default:
      return describeKeyProblem(code, value);
  }
}

/** @param index - Which key of the set. */
function describeKeyProblem(code: ClientKeyProblemCode, index: string): string {
  switch (code) {
    case 'bad_key_set':
      return 'The keys are neither a JWK nor a JWK Set of at most 64 KiB, in JSON.';
    case 'too_many_keys':
      return 'There are more than 20 keys.';
    case 'no_keys':
      return 'There is no key in the JWK Set.';
    case 'repeated_key':
      return 'Two keys have the same kid.';
    case 'private_key':
      return `Key ${index} is a private key, which nobody but the client may have. Give its public part, and make another pair if it was shown to others.`;
    case 'symmetric_key':
      return `Key ${index} is a shared secret. Give a public key, or --auth-method client_secret_jwt for a secret made here.`;
    case 'weak_key':
      return `Key ${index} is too weak or too large: RSA needs 2048 to 4096 bits, and the exponent 65537.`;
    case 'unsupported_key':
      return `Key ${index} is for something else. Give a signing key for ${CLIENT_KEY_ALGORITHMS.join(', ')}.`;
    case 'bad_kid':
      return `Key ${index}: kid must be 1 to 256 printable ASCII characters.`;
    case 'malformed_key':
      return `Key ${index} cannot be read as a public key.`;
  }
}

/** Why keys could not be fetched from their address. */
export function describeKeySetFailure(reason: string): string {
  switch (reason) {
    case 'address_not_allowed':
      return 'it is not https, or leads into a network that is not public (LATCHKEY_OUTBOUND_NETWORKS allows others)';
    case 'unreachable':
      return 'it cannot be reached';
    case 'timed_out':
      return 'it did not answer in time';
    case 'too_long':
      return 'the answer is too long';
    case 'bad_status':
      return 'it answers with another status than 200';
    default:
      return `it does not give a JWK Set that can be used (${reason})`;
  }
}
