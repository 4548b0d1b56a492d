/**
 * How far a session's proof of who the user is can be trusted (`acr`, OpenID Connect Core §2): one factor each, since
 * there is no second one yet.
 */
export const ACR_VALUES = {
  /** Somebody who knows the password of the account. */
  password: 'urn:latchkey:acr:password',
  /** Somebody who reads the mail of the account's address. */
  mailedLink: 'urn:latchkey:acr:mailed-link',
} as const;

export type Acr = (typeof ACR_VALUES)[keyof typeof ACR_VALUES];

/** By the methods that the user proved it by (RFC 8176); undefined for none that has a name here. */
export function acrOf(amr: readonly string[]): Acr | undefined {
  if (amr.includes('pwd')) return ACR_VALUES.password;
  return amr.includes('otp') ? ACR_VALUES.mailedLink : undefined;
}
