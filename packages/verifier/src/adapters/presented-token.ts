import type { Refusal } from '../errors.ts';

/** A token, and how it was shown. */
export interface PresentedToken {
  readonly token: string;
  readonly scheme: 'Bearer' | 'DPoP';
}

/**
 * RFC 6750 §2.1, RFC 9449 §7.1: the scheme, spaces, and a token68; the scheme in any case (RFC 9110 §11.1). A
 * comma does not fit in, so two headers that something on the way has joined are refused too.
 */
const CREDENTIALS = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*)$/i;
/** RFC 9110 §11.4: what any credentials begin with. */
const SCHEME = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+)(?: |$)/;

/**
 * The access token of a request. Only the Authorization header is looked at: a token in a form or in a URL
 * (RFC 6750 §2.2, §2.3) is not read, because URLs end up in logs.
 *
 * @param authorization - The values of all Authorization headers.
 */
export function readPresentedToken(authorization: readonly string[]): PresentedToken | Refusal {
  const [credentials] = authorization;
  if (credentials === undefined) return { refused: 'token_missing' };
  // RFC 6750 §3.1: more than one way of sending a token, and a malformed one, are invalid_request.
  if (authorization.length > 1) return { refused: 'request_malformed' };
  const [, scheme, token] = CREDENTIALS.exec(credentials) ?? [];
  if (scheme !== undefined && token !== undefined) {
    return { token, scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer' };
  }
  // With another scheme (Basic) the caller has sent no access token at all.
  const other = SCHEME.exec(credentials)?.[1]?.toLowerCase();
  const isOtherScheme = other !== undefined && other !== 'bearer' && other !== 'dpop';
  return { refused: isOtherScheme ? 'token_missing' : 'request_malformed' };
}
