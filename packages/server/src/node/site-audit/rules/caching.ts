import type { Credential } from '../credentials.ts';
import { headerValues, type Exchange, type SiteEvidence } from '../evidence.ts';
import type { Finding } from '../finding.ts';
import { shownAddress } from '../shorten.ts';
import { originOf } from '../sites.ts';

/** Status codes that a cache may keep without being told how long (RFC 9110 §15.1). */
const KEPT_BY_DEFAULT: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

export interface Caching {
  /** Whether a cache for many may keep it: told so, by rules of its own, or not. */
  readonly shared: 'yes' | 'perhaps' | 'no';
  /** Whether the user's own browser keeps it. */
  readonly isKept: boolean;
}

/** RFC 9111 §3 and §5.2.2. A `Set-Cookie` does not keep a cache from storing (§7.3). */
export function cachingOf(
  exchange: Pick<Exchange, 'method' | 'status' | 'responseHeaders' | 'requestHeaders'>,
): Caching {
  const header = (name: string) =>
    exchange.responseHeaders.filter(([found]) => found === name).map(([, value]) => value.toLowerCase());
  const directives = new Map(
    header('cache-control')
      .flatMap((value) => value.split(','))
      .map((directive): [string, string] => {
        const [name = '', value = ''] = directive.split('=', 2);
        return [name.trim(), value.trim().replaceAll('"', '')];
      }),
  );
  const isStorable = exchange.method === 'GET' && !directives.has('no-store');
  if (!isStorable) return { shared: 'no', isKept: false };
  if (directives.has('private')) return { shared: 'no', isKept: true };
  const isInvited = directives.has('public') || directives.has('s-maxage') || directives.has('must-revalidate');
  // RFC 9111 §3.5: what was asked for with Authorization needs an invitation.
  if ('authorization' in exchange.requestHeaders && !isInvited) return { shared: 'no', isKept: true };
  if (directives.has('no-cache') || directives.get('s-maxage') === '0') return { shared: 'perhaps', isKept: true };
  const age = directives.get('s-maxage') ?? directives.get('max-age');
  if (directives.has('public') || Number(age ?? 0) > 0) return { shared: 'yes', isKept: true };
  if (age !== undefined) return { shared: 'no', isKept: true };
  const isPast = header('expires').some((value) => !(Date.parse(value) > Date.parse(header('date')[0] ?? '')));
  if (header('expires').length > 0) return { shared: isPast ? 'no' : 'yes', isKept: true };
  return { shared: KEPT_BY_DEFAULT.has(exchange.status) ? 'perhaps' : 'no', isKept: true };
}

/** Answers that sign somebody in, or are for one user alone, and that a cache may keep. */
export function judgeCaching(evidence: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  const names = new Set(credentials.flatMap(({ cookie }) => (cookie === undefined ? [] : [cookie.name])));
  const setsSession = (exchange: Exchange) =>
    headerValues(exchange, 'set-cookie').find((line) => {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2);
      return names.has(name.trim()) && value !== '';
    });
  const exchanges = evidence.exchanges.filter(({ phase }) => phase === 'signing in' || phase === 'signed in');
  const setting = exchanges.flatMap((exchange): Finding[] => {
    const line = setsSession(exchange);
    const { shared } = cachingOf(exchange);
    if (line === undefined || shared === 'no') return [];
    const code = shared === 'yes' ? 'cacheable_set_cookie' : 'set_cookie_without_cache_control';
    return [{ code, level: shared === 'yes' ? 'high' : 'low', ...about(exchange) }];
  });
  const telling = new Set(evidence.tellingUrls);
  const own = exchanges
    .filter(({ url, method, status }) => method === 'GET' && status === 200 && telling.has(url))
    .flatMap((exchange): Finding[] => {
      const { shared, isKept } = cachingOf(exchange);
      if (shared === 'yes') return [{ code: 'private_answer_public', level: 'high', ...about(exchange) }];
      return isKept ? [{ code: 'private_answer_kept', level: 'low', ...about(exchange) }] : [];
    });
  return [...setting, ...own];
}

function about(exchange: Exchange): Pick<Finding, 'where' | 'evidence'> {
  const address = shownAddress(exchange.url);
  const said = headerValues(exchange, 'cache-control').join(', ');
  const evidence = said === '' ? 'no Cache-Control' : `Cache-Control: ${said}`;
  return { where: { origin: originOf(exchange.url), storage: 'response', key: address }, evidence };
}
