import { VerifierError } from '../errors.ts';
import { answerMetadata } from '../metadata/answer-metadata.ts';
import type { ProtectedResource } from '../metadata/protected-resource.ts';
import { notify } from '../notify.ts';
import type { VerifiedToken } from '../verified-token.ts';
import { authenticate, type AuthenticateOptions, type TokenVerifier } from './authenticate.ts';
import { tokenRequestOf, type NodeRequest } from './node-request.ts';
import { answerRefusal, type RefusalAnswerOptions } from './refusal-answer.ts';

/** What is used of Fastify's request. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest;
}

/** What is used of Fastify's reply. */
export interface FastifyReplyLike {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}

export interface FastifyOptions extends AuthenticateOptions, RefusalAnswerOptions {
  /** Called for each refusal, with its exact reason. For the log: what it throws is ignored. */
  readonly onRefused?: (error: VerifierError, request: FastifyRequestLike) => void;
}

const verifiedTokens = new WeakMap<object, VerifiedToken>();

/**
 * A `preHandler` hook that lets only requests with a valid token pass, and answers the others. Behind it,
 * `tokenOf(request)` gives the token.
 *
 * ```ts
 * app.addHook('preHandler', requireToken(verifier));
 * app.post('/notes', { preHandler: requireToken(verifier, { scope: 'notes:write' }) }, createNote);
 * ```
 */
export function requireToken(verifier: TokenVerifier, options: FastifyOptions = {}) {
  // Fastify goes on when the promise is resolved, unless an answer was sent.
  return async (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown> => {
    try {
      verifiedTokens.set(request, await authenticate(verifier, tokenRequestOf(request.raw), options));
      return undefined;
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      notify(options.onRefused, error, request);
      sendRefusal(reply, error, options);
      return reply;
    }
  };
}

/**
 * The token of a request that has passed `requireToken`.
 *
 * @throws {Error} if it has not: the route lacks its guard.
 */
export function tokenOf(request: FastifyRequestLike): VerifiedToken {
  const token = verifiedTokens.get(request);
  if (token === undefined) throw new Error('tokenOf: requireToken has not run for this request');
  return token;
}

/** Answers a refusal, for example in `app.setErrorHandler` for one that `requireScope` threw. */
export function sendRefusal(reply: FastifyReplyLike, error: VerifierError, options: RefusalAnswerOptions = {}): void {
  const { status, headers, body } = answerRefusal(error, options);
  reply.code(status);
  reply.headers({ ...headers });
  reply.send(body);
}

/**
 * A handler that answers with the metadata of this resource server (RFC 9728):
 * `app.get(resource.metadataPath, resourceMetadata(resource))`.
 */
export function resourceMetadata(resource: ProtectedResource) {
  return (request: FastifyRequestLike, reply: FastifyReplyLike): FastifyReplyLike => {
    const { status, headers, body } = answerMetadata(resource, request.raw.method ?? '');
    reply.code(status);
    reply.headers({ ...headers });
    reply.send(body);
    return reply;
  };
}
