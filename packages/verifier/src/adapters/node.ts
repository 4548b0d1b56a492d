import type { IncomingMessage, ServerResponse } from 'node:http';
import { VerifierError } from '../errors.ts';
import { answerMetadata } from '../metadata/answer-metadata.ts';
import type { ProtectedResource } from '../metadata/protected-resource.ts';
import { notify } from '../notify.ts';
import type { VerifiedToken } from '../verified-token.ts';
import { authenticate, type AuthenticateOptions, type TokenVerifier } from './authenticate.ts';
import { tokenRequestOf, type NodeRequest } from './node-request.ts';
import { answerRefusal, type RefusalAnswerOptions } from './refusal-answer.ts';

/** What is used of a response. */
export interface NodeResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(body?: string): unknown;
}

export interface NodeOptions<Request extends NodeRequest = NodeRequest>
  extends AuthenticateOptions, RefusalAnswerOptions {
  /** Called for each refusal, with its exact reason. For the log: what it throws is ignored. */
  readonly onRefused?: (error: VerifierError, request: Request) => void;
}

const verifiedTokens = new WeakMap<object, VerifiedToken>();

/**
 * Middleware for Express, Connect and the like: calls `next()` once the request has shown a valid
 * token, and answers every other request itself. Behind it, `tokenOf(request)` gives the token.
 */
export function requireToken<Request extends NodeRequest>(verifier: TokenVerifier, options: NodeOptions<Request> = {}) {
  return async (request: Request, response: NodeResponse, next: (error?: unknown) => void): Promise<void> => {
    try {
      verifiedTokens.set(request, await verifyRequest(verifier, request, options));
    } catch (error) {
      if (error instanceof VerifierError) refuse(error, request, response, options);
      else next(error);
      return;
    }
    next();
  };
}

/**
 * The token of a request that has passed `requireToken`.
 *
 * @throws {Error} if it has not: the route lacks its guard.
 */
export function tokenOf(request: object): VerifiedToken {
  const token = verifiedTokens.get(request);
  if (token === undefined) throw new Error('tokenOf: requireToken has not run for this request');
  return token;
}

/**
 * A `node:http` listener around a handler that only ever sees requests with a valid token. What the
 * handler throws is not caught.
 */
export function withToken<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  verifier: TokenVerifier,
  handler: (request: Request, response: Response, token: VerifiedToken) => unknown,
  options: NodeOptions<Request> = {},
) {
  const handle = async (request: Request, response: Response): Promise<void> => {
    let token: VerifiedToken;
    try {
      token = await verifyRequest(verifier, request, options);
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      refuse(error, request, response, options);
      return;
    }
    await handler(request, response, token);
  };
  return (request: Request, response: Response): void => {
    void handle(request, response);
  };
}

/**
 * Verifies the token of a request, and answers nothing: for whatever the other functions do not fit.
 *
 * @throws {VerifierError} for every request that may not pass. `sendRefusal` answers it.
 */
export function verifyRequest(
  verifier: TokenVerifier,
  request: NodeRequest,
  options: AuthenticateOptions = {},
): Promise<VerifiedToken> {
  return authenticate(verifier, tokenRequestOf(request), options);
}

/** Answers a refusal, for example one that `requireScope` threw in a handler. */
export function sendRefusal(response: NodeResponse, error: VerifierError, options: RefusalAnswerOptions = {}): void {
  const { status, headers, body } = answerRefusal(error, options);
  response.writeHead(status, headers);
  response.end(body);
}

function refuse<Request extends NodeRequest>(
  error: VerifierError,
  request: Request,
  response: NodeResponse,
  options: NodeOptions<Request>,
): void {
  notify(options.onRefused, error, request);
  sendRefusal(response, error, options);
}

/**
 * A handler that answers with the metadata of this resource server (RFC 9728), for Express:
 * `app.get(resource.metadataPath, resourceMetadata(resource))`; or for a listener that has found that path in `request.url`.
 */
export function resourceMetadata(resource: ProtectedResource) {
  return (request: Pick<NodeRequest, 'method'>, response: NodeResponse): void => {
    const { status, headers, body } = answerMetadata(resource, request.method ?? '');
    response.writeHead(status, headers);
    response.end(body);
  };
}

export { fileSnapshot } from './file-snapshot.ts';
export type { NodeRequest } from './node-request.ts';
