import { credentialsOf } from './credentials.ts';
import type { SiteEvidence } from './evidence.ts';
import { ranked, type Finding } from './finding.ts';
import { judgeAddresses } from './rules/addresses.ts';
import { judgeCaching } from './rules/caching.ts';
import { judgeCookies } from './rules/cookies.ts';
import { judgeEndings } from './rules/endings.ts';
import { judgeJwts } from './rules/jwts.ts';
import { judgePages } from './rules/pages.ts';
import { judgeStoredTokens } from './rules/stored-tokens.ts';
import { findTokens } from './token-shape.ts';

/** A shorter one may be a word that the report has for its own reasons. */
const LEAST_COOKIE_CHARACTERS = 16;

/** All that is to be said about what was seen, the worst first. No clock, no browser: the same answer each time. */
export function judge(evidence: SiteEvidence): Finding[] {
  const credentials = credentialsOf(evidence);
  return ranked([
    ...judgeStoredTokens(credentials),
    ...judgeCookies(evidence, credentials),
    ...judgeJwts(credentials, evidence.at),
    ...judgeAddresses(evidence, credentials),
    ...judgeCaching(evidence, credentials),
    ...judgePages(evidence),
    ...judgeEndings(evidence, credentials),
  ]);
}

/**
 * Whether anything shows that somebody signed in: an audit of nobody finds nothing, and must not pass. A new cookie
 * alone does not, where the page still asks for a password: some sites give out one after a refusal.
 */
export function sawSignIn(evidence: SiteEvidence): boolean {
  if (evidence.tellingUrls.length > 0 || judgeAddresses(evidence, []).length > 0) return true;
  const credentials = credentialsOf(evidence);
  if (credentials.some(({ token, where }) => token.kind !== 'opaque' || where.storage === 'page memory')) return true;
  return credentials.some(({ isSent }) => isSent) && !evidence.pages.some(({ asksForPassword }) => asksForPassword);
}

/** Everything that must not be in a report, also of other sites. */
export function secretsOf(evidence: SiteEvidence): string[] {
  const snapshots = [evidence.before, evidence.signedIn, evidence.signedOut].filter((one) => one !== undefined);
  const cookies = snapshots.flatMap((snapshot) => snapshot.cookies.map(({ value }) => value));
  const values = [...cookies, ...snapshots.flatMap((snapshot) => snapshot.items.map(({ value }) => value))];
  return [
    ...credentialsOf(evidence).map(({ token }) => token.text),
    ...values.flatMap(findTokens).map(({ token }) => token.text),
    ...cookies.filter(({ length }) => length >= LEAST_COOKIE_CHARACTERS),
  ];
}
