import { Secret } from '../secrets/secret.ts';
import { isCommonPassword } from './common-passwords.ts';

/** A password in the one form that is hashed, and as it was typed: another product may have hashed that. */
export class Password extends Secret<'password'> {
  readonly typed: Secret<'typed-password'>;

  constructor(normal: string, typed: string) {
    super(normal);
    this.typed = new Secret(typed);
  }
}

/** NIST SP 800-63B-4 §3.1.1.2: a minimum length and no composition rules. */
const MIN_PASSWORD_CHARACTERS = 8;
const MAX_PASSWORD_CHARACTERS = 1024;
/** `aaaaaaaa` and `abababab` are as long as they look to nobody who guesses. */
const MIN_DIFFERENT_CHARACTERS = 3;
/** What must be left of a password without the user's own words. */
const MIN_IMPERSONAL_CHARACTERS = 5;
/** Shorter words are in many passwords by chance. */
const MIN_PERSONAL_WORD_CHARACTERS = 3;

/** What there is against a new password. */
export type PasswordObjection = 'too_short' | 'too_long' | 'too_common' | 'too_personal' | 'breached';

export type PasswordDecision =
  | { readonly kind: 'allowed'; readonly password: Password }
  | { readonly kind: 'password_not_allowed'; readonly objection: PasswordObjection };

/**
 * More marks in a row than any writing has (Stream-Safe Text, UAX #15 §13). To order thousands of them takes
 * milliseconds, quadratic in their number, in which nobody else is served.
 */
const TOO_MANY_MARKS = /\p{M}{31}/u;

/**
 * Brings a password to the one form that is hashed: NFC, so that the same characters typed on another
 * keyboard match; noise of marks stays as it is. Length counts code points of that form.
 */
export function normalisePassword(text: string): Password {
  return new Password(normaliseText(text, 'NFC'), text);
}

/** Brings text to a normal form; noise of marks, which nobody's password is, stays as it is. */
export function normaliseText(text: string, form: 'NFC' | 'NFKC'): string {
  return TOO_MANY_MARKS.test(text) ? text : text.normalize(form);
}

/**
 * Decides whether a *new* password is allowed. An existing one is only compared, never judged. The objection is the same
 * whoever has an account, so it may be told to anybody.
 *
 * @param personal - The user's name and address, as far as they are known.
 */
export function decideNewPassword(text: string, personal: readonly (string | null | undefined)[]): PasswordDecision {
  const password = normalisePassword(text);
  const objection = findObjection(password.reveal(), personal);
  return objection === undefined ? { kind: 'allowed', password } : { kind: 'password_not_allowed', objection };
}

function findObjection(text: string, personal: readonly (string | null | undefined)[]): PasswordObjection | undefined {
  const characters = [...text];
  if (characters.length < MIN_PASSWORD_CHARACTERS) return 'too_short';
  if (characters.length > MAX_PASSWORD_CHARACTERS) return 'too_long';
  if (isCommonPassword(text) || new Set(characters).size < MIN_DIFFERENT_CHARACTERS) return 'too_common';
  return isPersonal(text, personal) ? 'too_personal' : undefined;
}

/** Whether little is left without the user's own words. */
function isPersonal(text: string, personal: readonly (string | null | undefined)[]): boolean {
  const words = personal
    .flatMap((known) => (known ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length >= MIN_PERSONAL_WORD_CHARACTERS)
    .toSorted((left, right) => right.length - left.length);
  let rest = text.toLowerCase();
  for (const word of words) rest = rest.replaceAll(word, '');
  return rest.length < text.length && [...rest].length < MIN_IMPERSONAL_CHARACTERS;
}
