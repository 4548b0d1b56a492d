import type { PasswordObjection } from '../domain/passwords/policy.ts';
import { ApiError } from './api-error.ts';

/** What people are told of a password that is not allowed. */
export const PASSWORD_OBJECTIONS: Readonly<Record<PasswordObjection, string>> = {
  too_short: 'Use at least 8 characters.',
  too_long: 'Use at most 1,024 characters.',
  too_common:
    'This one is among the first that are guessed. Four words that have nothing to do with each other are better.',
  breached: 'This one was in a breach of another site, so it is among the first that are tried. Choose another one.',
  too_personal: 'This is little more than your name or address. Add words that nobody connects with you.',
};

/** The objection, as the member `/password` is told. */
export function passwordNotAllowed(objection: PasswordObjection): ApiError {
  return new ApiError('password_not_allowed', {
    errors: [{ pointer: '/password', detail: PASSWORD_OBJECTIONS[objection] }],
  });
}
