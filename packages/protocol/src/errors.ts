/**
 * Every error that the HTTP API answers with: its stable code, its status and a title that is the
 * same for all of its causes. What exactly was wrong with a credential is never told outside.
 */
export const API_ERRORS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_token: { status: 400, title: 'The link is not valid any more' },
  invalid_target: { status: 400, title: 'The audience is not known here' },
  invalid_scope: { status: 400, title: 'The scope may not be granted' },
  invalid_dpop_proof: { status: 400, title: 'The proof of possession is not good for this' },
  password_not_allowed: { status: 400, title: 'The password is not allowed' },
  invalid_credentials: { status: 401, title: 'The e-mail address or the password is wrong' },
  no_session: { status: 401, title: 'Nobody is signed in' },
  access_token_required: { status: 401, title: 'An access token is needed' },
  access_token_invalid: { status: 401, title: 'The access token is not good for this' },
  insufficient_scope: { status: 403, title: 'The access token has not the scope for this' },
  not_permitted: { status: 403, title: 'This needs more power than the access token has' },
  tokens_not_offered: { status: 403, title: 'Pages get no access tokens like this here' },
  cross_site_request: { status: 403, title: 'The request came from another site' },
  wrong_password: { status: 403, title: 'The password is wrong' },
  account_banned: { status: 403, title: 'The account may not be used' },
  email_not_verified: { status: 403, title: 'The e-mail address is not verified yet' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not offered here' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  address_taken: { status: 409, title: 'The e-mail address has an account' },
  too_many_roles: { status: 409, title: 'The user has as many roles as one may have' },
  key_too_new: { status: 409, title: 'Some verifiers cannot know the next key yet' },
  no_client_secret: { status: 409, title: 'The client has no secret' },
  revocations_gone: { status: 410, title: 'The log cannot say what came after this cursor' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not accepted here' },
  too_many_requests: { status: 429, title: 'Too many attempts' },
  internal_error: { status: 500, title: 'Something went wrong' },
  temporarily_unavailable: { status: 503, title: 'Not available for a moment' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** Errors of the OAuth endpoints (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8707 §2, RFC 9126 §2.3), with their status. */
export const OAUTH_ERRORS = {
  invalid_request: { status: 400 },
  invalid_client: { status: 401 },
  invalid_token: { status: 401 },
  invalid_grant: { status: 400 },
  unauthorized_client: { status: 400 },
  unsupported_grant_type: { status: 400 },
  unsupported_token_type: { status: 400 },
  unsupported_response_type: { status: 400 },
  request_not_supported: { status: 400 },
  request_uri_not_supported: { status: 400 },
  invalid_scope: { status: 400 },
  invalid_target: { status: 400 },
  invalid_dpop_proof: { status: 400 },
  use_dpop_nonce: { status: 400 },
  insufficient_scope: { status: 403 },
} as const satisfies Record<string, { status: number }>;

export type OAuthErrorCode = keyof typeof OAUTH_ERRORS;

/** Media type of an error's body (RFC 9457 §3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An error's body: a problem document (RFC 9457) with a stable `code`. */
export interface ProblemDocument {
  /** A URI for this kind of error: `urn:latchkey:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ApiErrorCode;
  /** A sentence for people, where there is more to say than the title. */
  readonly detail?: string;
  /** The members of the request that are wrong, each by its JSON pointer (RFC 6901). */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}
