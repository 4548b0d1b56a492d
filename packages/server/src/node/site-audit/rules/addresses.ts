import { tokensInAddress, tokensInFragment, type AddressToken } from '../address-tokens.ts';
import type { Credential } from '../credentials.ts';
import type { Exchange, SiteEvidence } from '../evidence.ts';
import type { Finding } from '../finding.ts';
import { shortened, shownAddress, withoutTokens } from '../shorten.ts';
import { isSameSite, originOf } from '../sites.ts';

/** Tokens in what the address bar shows, in what is requested, and in what other sites are told of it. */
export function judgeAddresses(evidence: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  const known = credentials.map(({ token }) => token.text);
  const exchanges = evidence.exchanges.filter(({ phase }) => phase !== 'before');
  return [
    ...evidence.addresses
      .filter(({ phase }) => phase !== 'before')
      .flatMap(({ url }) => [...inQuery(url, known), ...inFragment(url, known)]),
    ...exchanges.flatMap(({ url }) => inQuery(url, known)),
    ...exchanges.flatMap((exchange) => toThirdParty(evidence.url, exchange, known)),
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

function toThirdParty(audited: string, exchange: Exchange, known: readonly string[]): Finding[] {
  if (isSameSite(audited, exchange.url)) return [];
  const { referer = '' } = exchange.requestHeaders;
  const carried = [
    ...(isSameSite(audited, referer)
      ? tokensInAddress(referer, known).map(({ token }) => ({ text: token.text, by: 'Referer' }))
      : []),
    // What this other site gave out itself, such as a provider of identities, is no news to it.
    ...known.filter((text) => exchange.url.includes(text)).map((text) => ({ text, by: 'the address' })),
  ];
  return carried.map(({ text, by }) => ({
    code: 'token_to_third_party',
    level: 'critical',
    where: { origin: originOf(exchange.url), storage: 'address', key: by },
    evidence: `${shortened(text)} in ${by} of a request to ${shownAddress(exchange.url)}`,
  }));
}
