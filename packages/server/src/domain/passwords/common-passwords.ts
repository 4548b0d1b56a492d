import { createRequire } from 'node:module';
import type * as LanguageCommon from '@zxcvbn-ts/language-common';

let common: ReadonlySet<string> | undefined;

/** Whether whoever guesses tries this password among the first 50,000. Case makes no difference: they try that too. */
export function isCommonPassword(text: string): boolean {
  common ??= loadCommonPasswords();
  return common.has(text.toLowerCase());
}

/** At first use: it is large, and most commands and many servers never judge a new password. */
function loadCommonPasswords(): ReadonlySet<string> {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as typeof LanguageCommon;
  return new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()));
}
