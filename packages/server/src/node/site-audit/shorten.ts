import { findTokens } from './token-shape.ts';

const SHOWN_CHARACTERS = 6;
/** Where fewer characters would be left to guess than a password has, nothing is shown. */
const LEAST_CHARACTERS = 16;
const MAX_SHOWN_NAME = 120;

/** A credential as a report may have it: enough to find it again, and of no use. */
export function shortened(credential: string): string {
  const shown = credential.length < LEAST_CHARACTERS ? '' : credential.slice(0, SHOWN_CHARACTERS);
  return `${shown}… (${credential.length} characters)`;
}

/** Text of the site's own, such as a key or an address: what looks like a credential in it is shortened. */
export function withoutTokens(text: string): string {
  const tokens = findTokens(text).map(({ token }) => token.text);
  const shown = tokens.reduce((rest, token) => rest.replaceAll(token, shortened(token)), text);
  return shown.length > MAX_SHOWN_NAME ? `${shown.slice(0, MAX_SHOWN_NAME)}…` : shown;
}

/** An address by its origin and path: queries and fragments hold what is nobody's business. */
export function shownAddress(address: string): string {
  const url = URL.parse(address);
  if (url === null) return 'an address that is none';
  const names = [...new Set(url.searchParams.keys())].map((name) => `${withoutTokens(name)}=…`);
  const path = url.pathname.split('/').map(withoutTokens).join('/');
  return `${url.origin}${path}${names.length > 0 ? `?${names.join('&')}` : ''}${url.hash === '' ? '' : '#…'}`;
}

/** The last look at what leaves: no secret of this audit is in it, wherever it came from. */
export function createRedaction(secrets: Iterable<string>): (text: string) => string {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= 8).toSorted((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, shortened(secret)), text);
}
