import type { Verifier } from '../create-verifier.ts';
import { ProofOfRequest } from '../dpop/presented-proof.ts';
import { VerifierError, type Refusal } from '../errors.ts';
import type { RevocationPolicy } from '../revocations/revocation-check.ts';
import { requireScope, type VerifiedToken } from '../verified-token.ts';
import { readCookies } from './cookie-token.ts';
import { readPresentedToken, type PresentedToken } from './presented-token.ts';
import { isSameOrigin, type RequestOrigin } from './same-origin.ts';

/** All that is asked of a verifier. */
export type TokenVerifier = Pick<Verifier, 'verify'>;

/** What a route demands. `check` and `whenStale` are about revocation, where the route differs from the verifier. */
export interface AuthenticateOptions extends RevocationPolicy {
  /** Scopes that the token must have, all of them. Default: none. */
  readonly scope?: string | readonly string[];
  /**
   * Name of a cookie that holds the token of requests without a bearer token. It must be `HttpOnly`, and should
   * be `Secure` and `SameSite`. Requests that could change something must then come from a page of this origin.
   */
  readonly cookie?: string;
  /**
   * Whether one browser may hold several accounts: the request header `Latchkey-Slot` (0 to 9) then says which one it is
   * for, and the name of the cookie gains `.N`. A request without it is for the first account. The header grants nothing.
   * Answers differ by it: one that a cache may keep says `Vary: Cookie, Latchkey-Slot`. Default: false.
   */
  readonly slots?: boolean;
  /**
   * The origins of this server, as clients see them: `https://app.example.com`. Needed for tokens that are bound to a
   * key (DPoP): a proof is for one URL, and what a request says of its host is no authority. Also of use with `cookie`,
   * behind a proxy, for browsers that send no `Sec-Fetch-Site`; for these the default is what the request was sent to.
   */
  readonly ownOrigin?: string | readonly string[];
}

/** What is read of a request. */
export interface TokenRequest extends RequestOrigin {
  /** The values of all Authorization headers. */
  readonly authorization: readonly string[];
  /** The values of all Cookie headers. */
  readonly cookies: readonly string[];
  /** The values of all Latchkey-Slot headers. */
  readonly slot: readonly string[];
  /** The request as its server has it: by this object guards know that it is the same one. */
  readonly identity: object;
  /** Read for tokens that are bound to a key alone. */
  readonly proof: () => RequestProof;
}

export interface RequestProof {
  /** The values of all DPoP headers. */
  readonly headers: readonly string[];
  /** What was asked for, from the first `/` on; undefined for what is no path. */
  readonly path: string | undefined;
}

/**
 * The token of a request, verified.
 *
 * @throws {VerifierError} for every request that may not pass.
 */
export async function authenticate(
  verifier: TokenVerifier,
  request: TokenRequest,
  options: AuthenticateOptions,
): Promise<VerifiedToken> {
  const { scope = [] } = options;
  const found = options.cookie === undefined ? readPresentedToken(request.authorization) : readEither(request, options);
  if ('refused' in found) throw new VerifierError(found.refused);
  const { check, whenStale } = options;
  const dpop = found.scheme === 'DPoP' ? presentedProof(request, options) : undefined;
  const isUsual = check === undefined && whenStale === undefined && dpop === undefined;
  const policy = isUsual ? undefined : { check, whenStale, dpop };
  const verified = await verifier.verify(found.token, policy);
  const [first, ...others] = typeof scope === 'string' ? [scope] : scope;
  if (first !== undefined) requireScope(verified, first, ...others);
  return verified;
}

function readEither(request: TokenRequest, options: AuthenticateOptions): PresentedToken | Refusal {
  const { ownOrigin = [] } = options;
  const name = cookieNameOf(request, options);
  if (name === undefined) return { refused: 'request_malformed' };
  const presented = readPresentedToken(request.authorization);
  const [value, ...others] = readCookies(request.cookies, name);
  // Two of a name are of two paths or domains, and one of them may be somebody else's doing.
  if (others.length > 0) return { refused: 'request_malformed' };
  if (value === undefined) return presented;
  // RFC 6750 §3.1: more than one way of sending a token.
  if (!('refused' in presented) || presented.refused !== 'token_missing') return { refused: 'request_malformed' };
  if (!isSameOrigin(request, [ownOrigin].flat())) return { refused: 'cross_site_request' };
  return { token: value, scheme: 'Bearer' };
}

/** Undefined where the request names what is no slot: another account's cookie must not be taken for it. */
function cookieNameOf({ slot }: TokenRequest, { cookie = '', slots = false }: AuthenticateOptions): string | undefined {
  const [named, ...others] = slots ? slot : [];
  if (named === undefined) return cookie;
  return others.length === 0 && /^\d$/.test(named) ? `${cookie}.${named}` : undefined;
}

const proofs = new WeakMap<object, ProofOfRequest>();

/** One object for one request, so that a second guard does not take it for a second request. */
function presentedProof(
  { method, identity, proof }: TokenRequest,
  { ownOrigin = [] }: AuthenticateOptions,
): ProofOfRequest {
  const origins = [ownOrigin].flat();
  if (origins.length === 0) throw new VerifierError('dpop_not_configured');
  const known = proofs.get(identity);
  if (known !== undefined) return known;
  const { headers, path } = proof();
  const [header, ...others] = headers;
  const url = path?.startsWith('/') === true ? origins.map((origin) => origin.replace(/\/$/, '') + path) : [];
  // RFC 9449 §4.3: not more than one.
  const presented = new ProofOfRequest(others.length === 0 ? header : undefined, method, url);
  proofs.set(identity, presented);
  return presented;
}
