import { ApiError } from './api-error.ts';

export type PasswordFinding = 'password_too_short' | 'password_too_long';

/** What the policy has against a new password, as the member `/password` is told. */
export function passwordNotAllowed(kind: PasswordFinding): ApiError {
  const detail = kind === 'password_too_short' ? 'At least 8 characters' : 'At most 1,024 characters';
  return new ApiError('password_not_allowed', { errors: [{ pointer: '/password', detail }] });
}
