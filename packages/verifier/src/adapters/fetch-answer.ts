import type { VerifierError } from '../errors.ts';
import { answerRefusal, type RefusalAnswerOptions } from './refusal-answer.ts';

/** The answer to a refusal, for example to one that `requireScope` threw in a handler. */
export function refusalResponse(error: VerifierError, options: RefusalAnswerOptions = {}): Response {
  const { status, headers, body } = answerRefusal(error, options);
  return new Response(body, { status, headers });
}
