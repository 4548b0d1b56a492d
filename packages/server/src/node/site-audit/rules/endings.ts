import { cookieCredentials, type Credential } from '../credentials.ts';
import type { Replay, SiteEvidence } from '../evidence.ts';
import type { Finding, Level } from '../finding.ts';
import type { FindingCode } from '../finding-texts.ts';
import { shortened, shownAddress, withoutTokens } from '../shorten.ts';
import { originOf } from '../sites.ts';
import { inWords } from './jwts.ts';

/** A copy that ends by itself so soon is no session of its own. */
const SOON_SECONDS = 15 * 60;

/** What became of old credentials: after the sign-out, after a change of the password, and at the sign-in itself. */
export function judgeEndings(evidence: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  return [
    ...evidence.replays.map((replay) => judgeReplay(replay, evidence.at, credentials)),
    ...judgeChecks(evidence),
    ...judgeLeftovers(evidence, credentials),
    ...judgeRenewal(evidence, credentials),
  ];
}

const ALIVE: Readonly<Record<Replay['ending'], FindingCode>> = {
  'sign-out': 'survives_sign_out',
  'password change': 'survives_password_change',
  'own password change': 'not_renewed_by_password_change',
};
const DEAD: Readonly<Record<Replay['ending'], FindingCode>> = {
  'sign-out': 'ends_with_sign_out',
  'password change': 'ends_with_password_change',
  'own password change': 'ends_with_password_change',
};

function judgeReplay({ ending, url, carriedBy, outcome }: Replay, at: number, all: readonly Credential[]): Finding {
  const carrier = carriedBy.map(withoutTokens).join(', ') || 'the address';
  const where = { origin: originOf(url), storage: 'session' as const, key: carrier };
  const address = `GET ${shownAddress(url)}`;
  if (outcome === 'unclear') return { code: 'replay_unclear', level: 'info', where, evidence: address };
  if (outcome === 'dead') return { code: DEAD[ending], level: 'info', where, evidence: `${address} was refused` };
  const left = secondsLeft(all, at);
  const rest = left === undefined ? '' : `; it expires in ${inWords(left)}`;
  const evidence = `${address} was answered as before the ${ending.replace('own ', '')}${rest}`;
  const level: Level =
    ending === 'own password change' ? 'low' : (left ?? Infinity) <= SOON_SECONDS ? 'medium' : 'high';
  return { code: ALIVE[ending], level, where, evidence };
}

/** Of the JWT that lives longest; undefined where something else may be the credential. */
function secondsLeft(credentials: readonly Credential[], at: number): number | undefined {
  const lives = credentials
    .filter(({ isSent }) => isSent)
    .map(({ token }) => (token.kind === 'JWT' ? token.payload['exp'] : undefined));
  if (lives.length === 0 || !lives.every((exp) => typeof exp === 'number')) return undefined;
  return Math.max(...lives) - at / 1000;
}

function judgeChecks({ url, signOut, passwordChange }: SiteEvidence): Finding[] {
  const where = { origin: originOf(url), storage: 'session' as const, key: '' };
  if (signOut === 'no request tells' || passwordChange === 'no request tells') {
    return [{ code: 'endings_not_told', level: 'info', where, evidence: 'no answer tells' }];
  }
  return signOut === 'not asked for'
    ? [{ code: 'sign_out_not_checked', level: 'info', where, evidence: 'nobody signed out' }]
    : [];
}

function judgeLeftovers({ signedOut, replays }: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  if (signedOut === undefined) return [];
  // Copies of all of them were refused: what is left is of no use.
  const afterwards = replays.filter(({ ending }) => ending === 'sign-out');
  const isDead = afterwards.length > 0 && afterwards.every(({ outcome }) => outcome === 'dead');
  return credentials
    .filter(({ isSent }) => isSent)
    .filter(({ token, where }) =>
      where.storage === 'cookie'
        ? signedOut.cookies.some(({ name, value }) => name === where.key && value.includes(token.text))
        : signedOut.items.some(({ origin, value }) => origin === where.origin && value.includes(token.text)),
    )
    .map(({ token, where }) => ({
      code: 'left_after_sign_out',
      level: isDead ? 'info' : where.storage === 'cookie' ? 'low' : 'medium',
      where,
      evidence: shortened(token.text),
    }));
}

/** Session fixation: requests of the user go by a cookie that was there before, and nothing else has come. */
function judgeRenewal({ before, signedIn, tellingUrls }: SiteEvidence, credentials: readonly Credential[]): Finding[] {
  if (tellingUrls.length === 0 || credentials.some(({ isSent }) => isSent)) return [];
  const unchanged = signedIn.cookies.filter((cookie) =>
    before.cookies.some(({ name, value, domain }) => {
      return name === cookie.name && value === cookie.value && domain === cookie.domain;
    }),
  );
  return unchanged.flatMap(cookieCredentials).map(({ token, where }) => ({
    code: 'not_renewed_by_sign_in',
    level: 'high',
    where,
    evidence: shortened(token.text),
  }));
}
