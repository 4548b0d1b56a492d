import type { RefusalReason, Refused } from '../domain/types.ts';
import { HttpProblem, type HttpProblemCode } from './http-problem.ts';

const CODES = {
  not_found: 'not_found',
  forbidden: 'forbidden',
  locked: 'locked',
  own_post: 'own_post',
  too_fast: 'too_fast',
  full: 'conflict',
  changed_meanwhile: 'conflict',
} as const satisfies Readonly<Record<RefusalReason, HttpProblemCode>>;

/** What an operation refused, as a request that failed. */
export function refusal({ reason, retryAfterSeconds }: Refused): HttpProblem {
  return new HttpProblem(CODES[reason], { ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}
