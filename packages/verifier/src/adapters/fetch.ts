import { VerifierError } from '../errors.ts';
import type { ProtectedResource } from '../metadata/protected-resource.ts';
import { notify } from '../notify.ts';
import type { VerifiedToken } from '../verified-token.ts';
import { authenticate, type AuthenticateOptions, type TokenVerifier } from './authenticate.ts';
import { metadataResponse, refusalResponse } from './fetch-answer.ts';
import { tokenRequestOf, type FetchRequest } from './fetch-request.ts';
import type { RefusalAnswerOptions } from './refusal-answer.ts';

export interface FetchOptions<Incoming extends FetchRequest = Request>
  extends AuthenticateOptions, RefusalAnswerOptions {
  /** Called for each refusal, with its exact reason. For the log: what it throws is ignored. */
  readonly onRefused?: (error: VerifierError, request: Incoming) => void;
}

/**
 * A handler of Fetch requests around one that only ever sees those with a valid token: for Next.js routes,
 * Workers, Deno, Bun … Further arguments, such as a route's parameters, are passed on after the token.
 *
 * ```ts
 * export const GET = withToken(verifier, (request, token) => Response.json({ subject: token.subject }));
 * ```
 */
export function withToken<Incoming extends FetchRequest = Request, Rest extends readonly unknown[] = []>(
  verifier: TokenVerifier,
  handler: (request: Incoming, token: VerifiedToken, ...rest: Rest) => Response | Promise<Response>,
  options: FetchOptions<Incoming> = {},
) {
  return async (request: Incoming, ...rest: Rest): Promise<Response> => {
    let token: VerifiedToken;
    try {
      token = await verifyRequest(verifier, request, options);
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      notify(options.onRefused, error, request);
      return refusalResponse(error, options);
    }
    return handler(request, token, ...rest);
  };
}

/**
 * Verifies the token of a request, and answers nothing: for what `withToken` does not fit.
 *
 * @throws {VerifierError} for every request that may not pass. `refusalResponse` answers it.
 */
export function verifyRequest(
  verifier: TokenVerifier,
  request: FetchRequest,
  options: AuthenticateOptions = {},
): Promise<VerifiedToken> {
  return authenticate(verifier, tokenRequestOf(request), options);
}

/**
 * A handler that answers with the metadata of this resource server (RFC 9728), for the route `resource.metadataPath`.
 *
 * ```ts
 * export const GET = resourceMetadata(resource);
 * ```
 */
export function resourceMetadata(resource: ProtectedResource) {
  return ({ method }: Pick<Request, 'method'>): Response => metadataResponse(resource, method);
}

export { refusalResponse } from './fetch-answer.ts';
