import { tokensInAddress, tokensInFragment } from './address-tokens.ts';
import type { Address, Cookie, Exchange, SiteEvidence, Snapshot, StoredItem } from './evidence.ts';
import type { Place } from './finding.ts';
import { hostOf, originOf, siteOf } from './sites.ts';
import { findTokens, type Token } from './token-shape.ts';

/** What appeared with the sign-in, and stands for the user as far as its look tells. */
export interface Credential {
  readonly token: Token;
  readonly where: Place;
  /** Where it is the value of one. */
  readonly cookie?: Cookie;
  /** It went with a request in a header, so that it is one, whatever it looks like. */
  readonly isSent: boolean;
}

/** Names that protect against forged requests, and are to be read by scripts. */
const FORGERY_GUARD = /csrf|xsrf/i;
/** Names that applications give to what stands for a user. */
const TELLING_NAME = /sess|sid\b|auth|token|jwt|login|remember|refresh|identity|bearer/i;

const isForgeryGuard = (name: string): boolean => FORGERY_GUARD.test(name);
export const hasTellingName = (name: string): boolean => TELLING_NAME.test(name) && !FORGERY_GUARD.test(name);

/** Stored items that are new, or have another value, since somebody signed in. */
function newItems(before: Snapshot, after: Snapshot): StoredItem[] {
  const known = new Set(before.items.map(({ origin, storage, key, value }) => id(origin, storage, key, value)));
  return after.items.filter(({ origin, storage, key, value }) => !known.has(id(origin, storage, key, value)));
}

function newCookies(before: Snapshot, after: Snapshot): Cookie[] {
  const known = new Set(before.cookies.map(({ domain, path, name, value }) => id(domain, path, name, value)));
  return after.cookies.filter(({ domain, path, name, value }) => !known.has(id(domain, path, name, value)));
}

const id = (...parts: readonly string[]): string => JSON.stringify(parts);

/** The sites that are audited: the one that the user pointed at, and where the sign-in ended. A provider is neither. */
export function ownSites({ url, pages }: SiteEvidence): ReadonlySet<string> {
  return new Set([url, ...pages.map((page) => page.url)].map((address) => siteOf(hostOf(address))));
}

/** Of the storages, the cookies, and the requests: in page memory is what was sent but lies nowhere. */
export function credentialsOf(evidence: SiteEvidence): Credential[] {
  const { before, signedIn } = evidence;
  const sites = ownSites(evidence);
  const isOwn = (address: string) => sites.has(siteOf(hostOf(address)));
  const exchanges = evidence.exchanges.filter(
    // To an API elsewhere, a page sends with `Origin` (Fetch §3.1).
    ({ url, requestHeaders }) => isOwn(url) || isOwn(requestHeaders['origin'] ?? ''),
  );
  const old = new Set(before.items.flatMap(({ value }) => findTokens(value).map(({ token }) => token.text)));
  const sent = sentTokens(exchanges);
  const items = newItems(before, signedIn).filter(({ origin }) => isOwn(origin));
  const stored = items.flatMap((item) =>
    findTokens(item.value)
      .filter(({ token }) => !old.has(token.text))
      .map(({ token, path }): Credential => {
        const key = [item.key, ...path].join('.');
        return { token, where: { origin: item.origin, storage: item.storage, key }, isSent: sent.has(token.text) };
      }),
  );
  const inCookies = newCookies(before, signedIn)
    .filter(({ domain }) => sites.has(siteOf(domain)))
    .flatMap((cookie) => cookieCredentials(cookie));
  const addresses = evidence.addresses.filter(({ url }) => isOwn(url));
  const inAddresses = addressCredentials(addresses).filter(({ token }) => !old.has(token.text));
  const lying = new Set([...stored, ...inCookies, ...inAddresses].map(({ token }) => token.text));
  const inMemory = [...sent]
    .filter(([text]) => !lying.has(text) && !old.has(text))
    .map(([, { token, exchange, header }]): Credential => {
      return { token, where: { origin: originOf(exchange.url), storage: 'page memory', key: header }, isSent: true };
    });
  return [...stored, ...inCookies, ...inAddresses, ...inMemory];
}

function addressCredentials(addresses: readonly Address[]): Credential[] {
  const found = addresses
    .filter(({ phase }) => phase !== 'before')
    .flatMap(({ url }) =>
      [...tokensInAddress(url, []), ...tokensInFragment(url, [])].map(({ name, token }): Credential => {
        return { token, where: { origin: originOf(url), storage: 'address', key: name }, isSent: true };
      }),
    );
  return [...new Map(found.map((credential) => [credential.token.text, credential])).values()];
}

/** Of one cookie, which is one credential, whatever it is made of. */
export function cookieCredentials(cookie: Cookie): Credential[] {
  if (isForgeryGuard(cookie.name)) return [];
  const [first] = findTokens(cookie.value)
    .map(({ token }) => token)
    .toSorted((one, other) => Number(one.kind === 'opaque') - Number(other.kind === 'opaque'));
  const token = first ?? (hasTellingName(cookie.name) && isNoWord(cookie.value) ? opaque(cookie.value) : undefined);
  const origin = `${cookie.secure ? 'https' : 'http'}://${cookie.domain.replace(/^\./, '')}`;
  return token === undefined
    ? []
    : [{ token, where: { origin, storage: 'cookie', key: cookie.name }, cookie, isSent: true }];
}

const opaque = (text: string): Token => ({ kind: 'opaque', text });

interface Sent {
  readonly token: Token;
  readonly exchange: Exchange;
  readonly header: string;
}

/** Short, but neither a word nor a date: `auth_mode=password` is no credential. */
const isNoWord = (value: string): boolean => value.length >= 8 && /\d/.test(value) && /[A-Za-z]/.test(value);

/** Headers in which applications send what stands for a user; those of browsers do not count. */
const CREDENTIAL_HEADER = /^authorization$|^x-.*(?:token|auth|session|jwt)/;

/** By the token's text. */
function sentTokens(exchanges: readonly Exchange[]): Map<string, Sent> {
  const sent = new Map<string, Sent>();
  for (const exchange of exchanges.filter(({ phase }) => phase !== 'before')) {
    for (const [header, value] of credentialHeaders(exchange)) {
      for (const token of tokensOfHeader(header, value)) sent.set(token.text, { token, exchange, header });
    }
  }
  return sent;
}

/** Behind `Bearer` or `DPoP` is a credential, whatever it looks like (RFC 9110 §11.6.2). */
function tokensOfHeader(header: string, value: string): Token[] {
  const found = findTokens(value).map(({ token }) => token);
  const [, credential] = /^[\w-]+ +([\w.~+/=-]{8,})$/.exec(value) ?? [];
  if (found.length > 0 || header !== 'authorization' || credential === undefined) return found;
  return [opaque(credential)];
}

export function credentialHeaders({ requestHeaders }: Pick<Exchange, 'requestHeaders'>): [string, string][] {
  return Object.entries(requestHeaders).filter(([name]) => CREDENTIAL_HEADER.test(name) && !isForgeryGuard(name));
}
