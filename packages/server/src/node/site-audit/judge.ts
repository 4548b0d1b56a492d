import { credentialsOf, type Credential } from './credentials.ts';
import type { SiteEvidence } from './evidence.ts';
import { ranked, type Finding } from './finding.ts';
import { judgeAddresses } from './rules/addresses.ts';
import { judgeCaching } from './rules/caching.ts';
import { judgeCookies } from './rules/cookies.ts';
import { judgeEndings } from './rules/endings.ts';
import { judgeJwts } from './rules/jwts.ts';
import { judgePages } from './rules/pages.ts';
import { judgeStoredTokens } from './rules/stored-tokens.ts';

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

/** Whether anything at all shows that somebody signed in: an audit of nobody finds nothing, and must not pass. */
export function sawSignIn(evidence: SiteEvidence): boolean {
  const urlTokens = judgeAddresses(evidence, []).length > 0;
  return urlTokens || evidence.tellingUrls.length > 0 || credentialsOf(evidence).some(isCredential);
}

const isCredential = ({ isSent, token }: Credential): boolean => isSent || token.kind !== 'opaque';

/** Everything that must not be in a report. */
export function secretsOf(evidence: SiteEvidence): string[] {
  const { before, signedIn, signedOut } = evidence;
  const cookies = [before, signedIn, signedOut].flatMap((snapshot) => snapshot?.cookies ?? []);
  return [
    ...credentialsOf(evidence).map(({ token }) => token.text),
    ...cookies.map(({ value }) => value).filter(({ length }) => length >= LEAST_COOKIE_CHARACTERS),
  ];
}
