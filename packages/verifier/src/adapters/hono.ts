import type { Verifier } from '../create-verifier.ts';
import { VerifierError } from '../errors.ts';
import { notify } from '../notify.ts';
import type { VerifiedToken } from '../verified-token.ts';
import { authenticate, type AuthenticateOptions } from './authenticate.ts';
import { answerRefusal, type RefusalAnswerOptions } from './refusal-answer.ts';

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
export function requireToken<Context extends HonoContext>(verifier: Verifier, options: HonoOptions<Context> = {}) {
  return async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    // Fetch joins several headers with a comma, which no bearer token has.
    const authorization = context.req.raw.headers.get('authorization');
    try {
      context.set('token', await authenticate(verifier, authorization === null ? [] : [authorization], options));
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      notify(options.onRefused, error, context);
      return refusalResponse(error, options);
    }
    await next();
    return undefined;
  };
}

/** The answer to a refusal, for example in `app.onError` for one that `requireScope` threw. */
export function refusalResponse(error: VerifierError, options: RefusalAnswerOptions = {}): Response {
  const { status, headers, body } = answerRefusal(error, options);
  return new Response(body, { status, headers });
}
