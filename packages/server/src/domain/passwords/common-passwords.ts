import { dictionary } from '@zxcvbn-ts/language-common';

let common: ReadonlySet<string> | undefined;

/** Whether whoever guesses tries this password among the first 50,000. Case makes no difference: they try that too. */
export function isCommonPassword(text: string): boolean {
  common ??= new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()));
  return common.has(text.toLowerCase());
}
