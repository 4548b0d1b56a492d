import { VerifierError } from '../errors.ts';
import type { ProtectedResource } from '../metadata/protected-resource.ts';
import { notify } from '../notify.ts';
import type { VerifiedToken } from '../verified-token.ts';
import { authenticate, type AuthenticateOptions, type TokenVerifier } from './authenticate.ts';
import { metadataResponse, refusalResponse } from './fetch-answer.ts';
import { tokenRequestOf } from './fetch-request.ts';
import type { RefusalAnswerOptions } from './refusal-answer.ts';

/** What is used of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  set(key: 'token', value: VerifiedToken): void;
}

/** What the middleware sets: `new Hono<{ Variables: TokenVariables }>()` types `c.get('token')`. */
export interface TokenVariables {
  token: VerifiedToken;
}

export interface HonoOptions<Context extends HonoContext = HonoContext>
  extends AuthenticateOptions, RefusalAnswerOptions {
  /** Called for each refusal, with its exact reason. For the log: what it throws is ignored. */
  readonly onRefused?: (error: VerifierError, context: Context) => void;
}

/**
 * Middleware that lets only requests with a valid token pass and answers the others. Handlers behind
 * it find the token in `c.get('token')`.
 */
export function requireToken<Context extends HonoContext>(verifier: TokenVerifier, options: HonoOptions<Context> = {}) {
  return async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    try {
      context.set('token', await authenticate(verifier, tokenRequestOf(context.req.raw), options));
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      notify(options.onRefused, error, context);
      return refusalResponse(error, options);
    }
    await next();
    return undefined;
  };
}

/**
 * A handler that answers with the metadata of this resource server (RFC 9728):
 * `app.get(resource.metadataPath, resourceMetadata(resource))`.
 */
export function resourceMetadata(resource: ProtectedResource) {
  return (context: Pick<HonoContext, 'req'>): Response => metadataResponse(resource, context.req.raw.method);
}

export { refusalResponse } from './fetch-answer.ts';
