import { credentialHeaders, type Credential } from './credentials.ts';
import type { Cookie, Exchange } from './evidence.ts';
import { hostOf, isSameSite } from './sites.ts';

/** A request as it was seen, to be sent again with a copy of what it carried. */
export interface ReplayRequest {
  readonly url: string;
  /** Without `Cookie`: cookies lie in the browser. */
  readonly headers: Readonly<Record<string, string>>;
  readonly carriedBy: readonly string[];
  /** The same by somebody who is not signed in. */
  readonly urlOfNobody: string;
}

const MAX_CANDIDATES = 4;
/** A GET should change nothing (RFC 9110 §9.2.1). Where its name says that it does, it is left alone. */
const CHANGES =
  /log-?_?(?:out|off)|sign-?_?(?:out|off)|end-?_?session|delete|remove|revoke|destroy|unsubscribe|cancel|purchase|checkout|confirm|verify|transfer/i;
/** Of use once (RFC 6749 §4.1.2). */
const ONE_TIME = /[?&](?:code|state|ticket|SAMLResponse|otp|nonce)=/;
const TYPES: ReadonlySet<string> = new Set(['fetch', 'xhr', 'document']);

/** GET requests of the user, by which one could see whether a credential still works; the most telling first. */
export function replayCandidates(
  audited: string,
  exchanges: readonly Exchange[],
  credentials: readonly Credential[],
): ReplayRequest[] {
  const asked = exchanges.filter(
    ({ phase, method, status, url, resourceType }) =>
      (phase === 'signing in' || phase === 'signed in') &&
      method === 'GET' &&
      status === 200 &&
      TYPES.has(resourceType) &&
      !CHANGES.test(url) &&
      !ONE_TIME.test(url),
  );
  const texts = credentials.map(({ token }) => token.text);
  const requests = asked.flatMap((exchange) => {
    const carriesHeader = credentialHeaders(exchange).length > 0;
    // With a header of its own it is meant for that host; cookies and addresses are those of the site.
    const isOfSite = isSameSite(audited, exchange.url) || carriesHeader;
    const carriedBy = carriersOf(exchange, texts);
    return isOfSite && carriedBy !== undefined ? [{ exchange, request: toReplay(exchange, carriedBy, texts) }] : [];
  });
  const isApi = ({ exchange }: (typeof requests)[number]) => exchange.resourceType !== 'document';
  const ordered = [...requests.filter(isApi).toReversed(), ...requests.filter((one) => !isApi(one)).toReversed()];
  const first = new Map<string, ReplayRequest>();
  for (const { request } of ordered) if (!first.has(request.url)) first.set(request.url, request);
  return [...first.values()].slice(0, MAX_CANDIDATES);
}

/** Undefined: the request carries nothing that could stand for a user. */
function carriersOf(exchange: Exchange, texts: readonly string[]): string[] | undefined {
  const headers = credentialHeaders(exchange).map(([name]) => name);
  if (headers.length > 0) return headers;
  const { cookie } = exchange.requestHeaders;
  if (cookie !== undefined) {
    const names = cookie.split('; ').filter((pair) => texts.some((text) => pair.includes(text)));
    // Without a known one, all of them: a session may be older than the sign-in.
    return (names.length > 0 ? names : cookie.split('; ')).map((pair) => pair.slice(0, pair.indexOf('=')));
  }
  return texts.some((text) => exchange.url.includes(text)) ? [] : undefined;
}

function toReplay(exchange: Exchange, carriedBy: readonly string[], texts: readonly string[]): ReplayRequest {
  const { url, requestHeaders } = exchange;
  const kept = Object.entries(requestHeaders).filter(([name]) => /^(?:accept|accept-language|dpop|x-.+)$/.test(name));
  return {
    url,
    headers: Object.fromEntries([...kept, ...credentialHeaders(exchange)]),
    carriedBy,
    urlOfNobody: texts.reduce((rest, text) => rest.replaceAll(text, ''), url),
  };
}

/** Headers by which nobody asks: what is no credential stays. */
export function headersOfNobody(request: ReplayRequest): Record<string, string> {
  const credentials = new Set(credentialHeaders({ requestHeaders: request.headers }).map(([name]) => name));
  return Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !credentials.has(name) && name !== 'dpop'),
  );
}

/** Cookies for its host (RFC 6265 §5.4); path and Secure are the browser's to look at. */
export function cookiesFor({ url }: Pick<ReplayRequest, 'url'>, cookies: readonly Cookie[]): Cookie[] {
  const host = hostOf(url);
  return cookies.filter(
    ({ domain }) => host === domain.replace(/^\./, '') || (domain.startsWith('.') && host.endsWith(domain)),
  );
}
