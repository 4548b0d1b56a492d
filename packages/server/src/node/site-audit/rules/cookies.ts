import type { Credential } from '../credentials.ts';
import type { Cookie, Exchange, SiteEvidence } from '../evidence.ts';
import { headerValues } from '../evidence.ts';
import type { Finding, Level } from '../finding.ts';
import type { FindingCode } from '../finding-texts.ts';
import { shortened } from '../shorten.ts';
import { hostOf, isLoopback } from '../sites.ts';

const LONG_LIFE_DAYS = 90;
const SECONDS_A_DAY = 86_400;

/** Flags, reach, prefix and life of cookies that stand for the user. */
export function judgeCookies({ url, at, exchanges }: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  // A cookie on http://localhost cannot be Secure everywhere, and so can have no prefix.
  const isDevelopment = url.startsWith('http:') && isLoopback(hostOf(url));
  return credentials.flatMap(({ cookie, token, where }) => {
    if (cookie === undefined) return [];
    const line = lastSetCookie(cookie, exchanges);
    const facts = describe(cookie, at, saysSameSite(line));
    const found = (code: FindingCode, level: Level): Finding => {
      return { code, level, where, evidence: `${shortened(token.text)}; ${facts}` };
    };
    return [
      cookie.httpOnly ? found('http_only_session', 'info') : found('cookie_readable', 'high'),
      ...(cookie.secure ? [] : [found('cookie_not_secure', isDevelopment ? 'info' : 'high')]),
      ...judgeSameSite(cookie, saysSameSite(line), found),
      ...(cookie.domain.startsWith('.') ? [found('cookie_for_subdomains', 'medium')] : []),
      ...(hasHostPrefix(cookie)
        ? []
        : [found('cookie_without_prefix', isDevelopment || isForOnePath(cookie) ? 'info' : 'low')]),
      ...(daysLeft(cookie, at) > LONG_LIFE_DAYS ? [found('cookie_long_life', 'low')] : []),
    ];
  });
}

function judgeSameSite(
  { sameSite }: Cookie,
  isSaid: boolean,
  found: (code: FindingCode, level: Level) => Finding,
): Finding[] {
  // The browser gives its default as if the site had said it.
  if (!isSaid) return [found('cookie_no_same_site', 'low')];
  if (sameSite === 'None') return [found('cookie_same_site_none', 'medium')];
  return sameSite === 'Lax' ? [found('cookie_same_site_lax', 'info')] : [];
}

/** Of what a script set, the browser's word is taken. */
const saysSameSite = (line: string | undefined): boolean => line === undefined || /;\s*samesite\s*=/i.test(line);

/** The line of the response that set it as it is; none where a script did. */
function lastSetCookie({ name, domain }: Cookie, exchanges: readonly Exchange[]): string | undefined {
  const bare = domain.replace(/^\./, '');
  return exchanges
    .filter(({ url }) => hostOf(url) === bare || hostOf(url).endsWith(`.${bare}`))
    .flatMap((exchange) => headerValues(exchange, 'set-cookie'))
    .findLast((line) => line.slice(0, line.indexOf('=')).trim() === name);
}

/** RFC 6265bis §4.1.3. `__Http-` says nothing about siblings. */
const hasHostPrefix = ({ name }: Cookie): boolean => /^__host-/i.test(name);

/** One that is for a path cannot have the prefix, and is no session of the whole site. */
const isForOnePath = ({ name, path }: Cookie): boolean => /^__secure-/i.test(name) && path !== '/';

const daysLeft = ({ expires }: Cookie, at: number): number =>
  expires === -1 ? 0 : (expires - at / 1000) / SECONDS_A_DAY;

function describe(cookie: Cookie, at: number, saysItself: boolean): string {
  const life = cookie.expires === -1 ? 'until the browser is closed' : `for ${Math.ceil(daysLeft(cookie, at))} days`;
  const flags = [
    cookie.httpOnly && 'HttpOnly',
    cookie.secure && 'Secure',
    saysItself ? `SameSite=${cookie.sameSite}` : 'no SameSite',
  ];
  return `${flags.filter(Boolean).join(', ')}; domain ${cookie.domain}, path ${cookie.path}, ${life}`;
}
