import { z } from 'zod';

/** C0 and C1 control characters and DEL: never part of a name, an address or a label. */
// oxlint-disable-next-line no-control-regex -- these are the characters that it is for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Text that people typed: well-formed Unicode (a lone surrogate would turn into another character on
 * its way to the database) without control characters.
 */
export function plainText(minLength: number, maxLength: number) {
  return z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine((text) => text.isWellFormed(), 'Not well-formed Unicode')
    .refine((text) => !CONTROL_CHARACTERS.test(text), 'Control characters are not allowed');
}
