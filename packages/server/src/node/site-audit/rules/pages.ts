import { headerValues, type Exchange, type PageFacts, type SiteEvidence } from '../evidence.ts';
import type { Finding, Level } from '../finding.ts';
import type { FindingCode } from '../finding-texts.ts';
import { shownAddress, withoutTokens } from '../shorten.ts';
import { hostOf, isLoopback, isSameSite, originOf } from '../sites.ts';
import { judgePolicies } from './content-security-policy.ts';

const HALF_A_YEAR_SECONDS = 15_552_000;

/** What protects the pages that the user sees while signed in, and whose scripts run there. */
export function judgePages(evidence: SiteEvidence): Finding[] {
  const own = evidence.pages.filter(({ url }) => isSameSite(evidence.url, url));
  const findings = own.flatMap((page) => {
    const address = withoutSearch(page.url);
    const answer = evidence.exchanges.findLast(
      ({ url, isPage, status }) => isPage && status < 300 && withoutSearch(url) === address,
    );
    return [
      ...judgeScripts(page),
      ...judgeTransport(page, answer),
      ...(answer === undefined ? [] : judgePolicy(page, answer)),
    ];
  });
  return onePerOrigin(findings);
}

/** What is so on every page of an origin is one finding, shown at the first of them. */
function onePerOrigin(findings: readonly Finding[]): Finding[] {
  const byId = findings
    .toReversed()
    .map((finding) => [JSON.stringify([finding.code, finding.where.origin, finding.evidence]), finding] as const);
  return [...new Map(byId).values()].toReversed();
}

const withoutSearch = (url: string): string => url.split(/[?#]/, 1)[0] ?? '';

function judgePolicy(page: PageFacts, answer: Exchange): Finding[] {
  const policies = [...headerValues(answer, 'content-security-policy'), ...page.metaPolicies];
  const { strength, reasons, restrictsFraming } = judgePolicies(policies);
  const isFramable = !restrictsFraming && !/deny|sameorigin/i.test(headerValues(answer, 'x-frame-options').join(','));
  const isReported = headerValues(answer, 'content-security-policy-report-only').length > 0;
  const evidence = reasons.join(', ');
  const found = (code: FindingCode, level: Level, seen: string): Finding => {
    return { code, level, where: placeOf(page), evidence: withoutTokens(seen) };
  };
  return [
    ...(strength === 'none'
      ? [
          found(
            'no_policy',
            'medium',
            isReported ? 'only Report-Only, which stops nothing' : evidence || 'neither a header nor a meta element',
          ),
        ]
      : []),
    ...(strength === 'weak' ? [found('weak_policy', 'medium', evidence)] : []),
    ...(strength === 'incomplete' ? [found('incomplete_policy', 'low', evidence)] : []),
    ...(isFramable ? [found('can_be_framed', 'low', 'no frame-ancestors, no X-Frame-Options')] : []),
  ];
}

function judgeScripts(page: PageFacts): Finding[] {
  const foreign = page.scripts.filter(({ src }) => /^https?:/.test(src) && !isSameSite(page.url, src));
  return foreign.map(({ src, hasIntegrity }) => ({
    code: 'third_party_script',
    level: hasIntegrity ? 'info' : 'medium',
    where: { ...placeOf(page), key: `${originOf(src)} in ${originOf(page.url)}` },
    evidence: `${shownAddress(src)}${hasIntegrity ? ', with integrity' : ', without integrity'}`,
  }));
}

function judgeTransport(page: PageFacts, answer: Exchange | undefined): Finding[] {
  if (isLoopback(hostOf(page.url))) return [];
  const where = { ...placeOf(page), key: 'transport' };
  if (page.url.startsWith('http:')) return [{ code: 'plain_http', level: 'critical', where, evidence: 'http' }];
  if (answer === undefined) return [];
  const [said = ''] = headerValues(answer, 'strict-transport-security');
  const seconds = Number(/max-age\s*=\s*"?(\d{1,12})/i.exec(said)?.[1] ?? 0);
  if (seconds >= HALF_A_YEAR_SECONDS) return [];
  const evidence = said === '' ? 'no Strict-Transport-Security' : `Strict-Transport-Security: ${withoutTokens(said)}`;
  return [{ code: 'no_strict_transport', level: 'low', where, evidence }];
}

const placeOf = ({ url }: PageFacts): Finding['where'] => {
  return { origin: originOf(url), storage: 'page', key: shownAddress(withoutSearch(url)) };
};
