/** What the scopes of OpenID Connect give, in words. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['openid', 'Know that it is you, by the id of your account'],
  ['profile', 'See your name'],
  ['email', 'See your e-mail address'],
]);

/** In words; scopes of others by their names. */
export function scopeMeanings(scopes: readonly string[]): readonly string[] {
  return scopes.map((scope) => MEANINGS.get(scope) ?? scope);
}
