import { Secret } from '../secrets/secret.ts';

export type Password = Secret<'password'>;

/** NIST SP 800-63B-4 §3.1.1.2: a minimum length and no composition rules. */
const MIN_PASSWORD_CHARACTERS = 8;
const MAX_PASSWORD_CHARACTERS = 1024;

export type PasswordDecision =
  | { readonly kind: 'allowed'; readonly password: Password }
  | { readonly kind: 'too_short' }
  | { readonly kind: 'too_long' };

/**
 * Brings a password to the one form that is hashed: NFC, so that the same characters typed on another
 * keyboard match. Length counts code points of that form.
 */
export function normalisePassword(text: string): Password {
  return new Secret(text.normalize('NFC'));
}

/** Decides whether a *new* password is allowed. An existing one is only compared, never judged. */
export function decideNewPassword(text: string): PasswordDecision {
  const password = normalisePassword(text);
  const length = [...password.reveal()].length;
  if (length < MIN_PASSWORD_CHARACTERS) return { kind: 'too_short' };
  if (length > MAX_PASSWORD_CHARACTERS) return { kind: 'too_long' };
  return { kind: 'allowed', password };
}
