import { tokensInAddress, tokensInFragment, type AddressToken } from '../address-tokens.ts';
import { ownSites, type Credential } from '../credentials.ts';
import type { Exchange, SiteEvidence } from '../evidence.ts';
import type { Finding } from '../finding.ts';
import { shortened, shownAddress, withoutTokens } from '../shorten.ts';
import { hostOf, isSameSite, originOf, siteOf } from '../sites.ts';
import type { Token } from '../token-shape.ts';

/** A shorter one may be part of an address by chance. */
const LEAST_CHARACTERS = 12;

/** Tokens in what the address bar shows, in what is requested, and in what other sites are told of it. */
export function judgeAddresses(evidence: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  const sites = ownSites(evidence);
  const isOwn = ({ url }: { readonly url: string }) => sites.has(siteOf(hostOf(url)));
  const tokens = credentials.map(({ token }) => token).filter(({ text }) => text.length >= LEAST_CHARACTERS);
  const known = tokens.map(({ text }) => text);
  const exchanges = evidence.exchanges.filter(({ phase }) => phase !== 'before');
  const addresses = evidence.addresses.filter(({ phase }) => phase !== 'before');
  return [
    ...addresses.filter(isOwn).flatMap(({ url }) => [...inQuery(url, known), ...inFragment(url, known)]),
    ...exchanges.filter(isOwn).flatMap(({ url }) => inQuery(url, known)),
    ...exchanges
      .filter((exchange) => !isOwn(exchange))
      .flatMap((exchange) => toThirdParty(exchange, tokens, isOwn({ url: exchange.requestHeaders['referer'] ?? '' }))),
  ];
}

function inQuery(address: string, known: readonly string[]): Finding[] {
  return tokensInAddress(address, known).map((found) => {
    const level = found.name === 'id_token_hint' ? 'low' : 'high';
    return { code: 'token_in_address', level, ...about(address, found) };
  });
}

function inFragment(address: string, known: readonly string[]): Finding[] {
  return tokensInFragment(address, known).map((found) => {
    return { code: 'token_in_fragment', level: 'medium', ...about(address, found) };
  });
}

function about(address: string, { name, token }: AddressToken): Pick<Finding, 'where' | 'evidence'> {
  return {
    where: { origin: originOf(address), storage: 'address', key: withoutTokens(name) },
    evidence: `${shortened(token.text)} in ${shownAddress(address)}`,
  };
}

function toThirdParty(exchange: Exchange, tokens: readonly Token[], isRefererOwn: boolean): Finding[] {
  // What this other site gave out itself, such as a provider of identities, is no news to it.
  const news = tokens.filter((token) => !isIssuedBy(token, exchange.url));
  const known = news.map(({ text }) => text);
  const { referer = '' } = exchange.requestHeaders;
  const referred = isRefererOwn ? tokensInAddress(referer, known) : [];
  const carried = [
    ...referred.filter(({ token }) => !isIssuedBy(token, exchange.url)).map(({ token }) => [token, 'Referer'] as const),
    ...news.filter(({ text }) => exchange.url.includes(text)).map((token) => [token, 'the address'] as const),
  ];
  return carried.map(([{ text }, by]) => ({
    code: 'token_to_third_party',
    level: 'critical',
    where: { origin: originOf(exchange.url), storage: 'address', key: by },
    evidence: `${shortened(text)} in ${by} of a request to ${shownAddress(exchange.url)}`,
  }));
}

function isIssuedBy(token: Token, address: string): boolean {
  const issuer = token.kind === 'JWT' ? token.payload['iss'] : undefined;
  return typeof issuer === 'string' && hostOf(issuer) !== '' && isSameSite(issuer, address);
}
