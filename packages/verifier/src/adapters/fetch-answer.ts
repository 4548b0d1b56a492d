import type { VerifierError } from '../errors.ts';
import { answerMetadata } from '../metadata/answer-metadata.ts';
import type { ProtectedResource } from '../metadata/protected-resource.ts';
import { answerRefusal, type RefusalAnswerOptions } from './refusal-answer.ts';

/** The answer to a refusal, for example to one that `requireScope` threw in a handler. */
export function refusalResponse(error: VerifierError, options: RefusalAnswerOptions = {}): Response {
  const { status, headers, body } = answerRefusal(error, options);
  return new Response(body, { status, headers });
}

/** The answer with a resource server's metadata. */
export function metadataResponse(resource: ProtectedResource, method: string): Response {
  const { status, headers, body } = answerMetadata(resource, method);
  return new Response(body, { status, headers });
}
