import type { z } from 'zod';
import type { FieldErrors } from '../../../pages/form-field.ts';
import { PASSWORD_OBJECTIONS } from '../../password-objections.ts';
import type { SignUpResult } from '../../../operations/sign-up.ts';

/** Fields of the forms that make an account. */
export type AccountField = 'email' | 'name' | 'password';
export type AccountErrors = FieldErrors<AccountField>;

/** What is said where a field does not fit its schema at all; the policy's own findings say more. */
const SHAPE_ERRORS: Readonly<Record<AccountField, string>> = {
  email: 'Enter an e-mail address like name@example.com.',
  name: 'Use at most 120 characters, on one line.',
  password: 'Enter a password of 8 to 1,024 characters.',
};

/** What the rules say against the input, by the field that it belongs to. */
export function accountFindings(refusal: Exclude<SignUpResult, { kind: 'accepted' }>): AccountErrors {
  switch (refusal.kind) {
    case 'invalid_email':
      return { email: SHAPE_ERRORS.email };
    case 'password_not_allowed':
      return { password: PASSWORD_OBJECTIONS[refusal.objection] };
  }
}

/** Form fields as the API's members: what was left empty is absent, and unknown fields are left out. */
export function formMembers(form: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string> {
  const given = names.map((name) => [name, form.get(name) ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** One message for each field that its schema refuses. */
export function accountErrors(error: z.ZodError): AccountErrors {
  const fields = new Set(error.issues.map((issue) => issue.path[0]));
  const known = (['email', 'name', 'password'] as const).filter((field) => fields.has(field));
  if (known.length === 0) return { form: 'Something in the form was not understood. Reload the page and try again.' };
  return Object.fromEntries(known.map((field) => [field, SHAPE_ERRORS[field]]));
}
