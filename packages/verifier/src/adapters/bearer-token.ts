import type { Refusal } from '../errors.ts';

/**
 * RFC 6750 §2.1: the scheme, spaces, and a b64token; the scheme in any case (RFC 9110 §11.1). A
 * comma does not fit in, so two headers that something on the way has joined are refused too.
 */
const BEARER_CREDENTIALS = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;
/** RFC 9110 §11.4: what any credentials begin with. */
const SCHEME = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+)(?: |$)/;

/**
 * The bearer token of a request. Only the Authorization header is looked at: a token in a form or in a URL
 * (RFC 6750 §2.2, §2.3) is not read, because URLs end up in logs.
 *
 * @param authorization - The values of all Authorization headers.
 */
export function readBearerToken(authorization: readonly string[]): { readonly token: string } | Refusal {
  const [credentials] = authorization;
  if (credentials === undefined) return { refused: 'token_missing' };
  // RFC 6750 §3.1: more than one way of sending a token, and a malformed one, are invalid_request.
  if (authorization.length > 1) return { refused: 'request_malformed' };
  const token = BEARER_CREDENTIALS.exec(credentials)?.[1];
  if (token !== undefined) return { token };
  // With another scheme (Basic, DPoP) the caller has sent no bearer token at all.
  const scheme = SCHEME.exec(credentials)?.[1];
  const isOtherScheme = scheme !== undefined && scheme.toLowerCase() !== 'bearer';
  return { refused: isOtherScheme ? 'token_missing' : 'request_malformed' };
}
