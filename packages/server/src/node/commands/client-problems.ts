import { SERVER_SCOPES } from '../../domain/access-tokens/grant.ts';
import { CLIENT_AUTH_METHODS, GRANT_TYPES } from '../../domain/clients/client.ts';
import type { RegistrationProblem } from '../../domain/clients/registration.ts';

/** What is wrong with a registration, and what to give instead. */
export function describeRegistrationProblem({ code, value }: RegistrationProblem): string {
  switch (code) {
    case 'bad_name':
      return 'NAME must be 1 to 120 printable characters.';
    case 'unknown_grant':
      return `--grant ${value}: there is no such grant. Give ${GRANT_TYPES.join(' or ')}.`;
    case 'grant_not_offered':
      return `--grant ${value}: this release does not offer it yet. Give ${GRANT_TYPES.join(' or ')}.`;
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
    case 'auth_method_not_offered':
      return `--auth-method ${value}: this release does not offer it yet. Give ${CLIENT_AUTH_METHODS.join(', ')}.`;
    case 'auth_method_needs_secret':
      return `--auth-method ${value}: a public client has no secret. Leave out --public, or give --auth-method none.`;
  }
}
