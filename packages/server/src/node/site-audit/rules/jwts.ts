import type { Credential } from '../credentials.ts';
import type { Finding, Level } from '../finding.ts';
import type { FindingCode } from '../finding-texts.ts';
import { shortened, withoutTokens } from '../shorten.ts';
import type { Jwt } from '../token-shape.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** Claims about a person (OpenID Connect Core §5.1, and what applications call them besides). */
const PERSONAL =
  /^(?:e-?mail|mail|name|(?:full|first|last|given|family|middle|nick|display)_?name|preferred_username|upn|phone(?:_?number)?|mobile|birth_?date|birthday|dob|gender|address|street|postal_?code|ip(?:_?addr(?:ess)?)?|picture|avatar(?:_?url)?|ssn|iban)$/i;
const SENSITIVE = /phone|mobile|birth|dob|gender|address|street|postal|ssn|iban/i;
const MAX_DEPTH = 4;

/** What the tokens say of themselves. Their signatures are not verified: nobody here has the key. */
export function judgeJwts(credentials: readonly Credential[], at: number): Finding[] {
  return credentials.flatMap(({ token, where }) => {
    if (token.kind !== 'JWT') return [];
    const found = (code: FindingCode, level: Level, seen: string): Finding => {
      return { code, level, where, evidence: `${shortened(token.text)}; ${seen}` };
    };
    const algorithm = String(token.header['alg']);
    const isUnsigned = algorithm.toLowerCase() === 'none' || token.text.endsWith('.');
    const claims = personalClaims(token.payload);
    return [
      ...(isUnsigned ? [found('jwt_not_signed', 'critical', `alg ${withoutTokens(algorithm)}`)] : []),
      ...judgeLife(token, at, found),
      ...(claims.length > 0 ? [found('jwt_personal_data', levelOf(claims), `claims ${claims.join(', ')}`)] : []),
    ];
  });
}

function judgeLife(
  token: Jwt,
  at: number,
  found: (code: FindingCode, level: Level, seen: string) => Finding,
): Finding[] {
  const seconds = lifeSeconds(token, at);
  const issuer = typeof token.payload['iss'] === 'string' ? `, issued by ${withoutTokens(token.payload['iss'])}` : '';
  const about = `alg ${withoutTokens(String(token.header['alg']))}${issuer}`;
  if (seconds === undefined) return [found('jwt_never_expires', 'high', `${about}, no exp`)];
  if (seconds < HOUR_SECONDS) return [];
  const level = seconds > DAY_SECONDS ? 'medium' : 'low';
  return [found('jwt_long_life', level, `${about}, lives ${inWords(seconds)}`)];
}

/** From when it was issued, or from now; undefined: forever. */
function lifeSeconds({ payload }: Jwt, at: number): number | undefined {
  const { exp, iat } = payload;
  if (typeof exp !== 'number') return undefined;
  return exp - (typeof iat === 'number' ? iat : at / 1000);
}

export function inWords(seconds: number): string {
  if (seconds >= 2 * DAY_SECONDS) return `${Math.round(seconds / DAY_SECONDS)} days`;
  return `${Math.max(0, Math.round(seconds / 60))} min`;
}

/** Names of claims with personal data, as paths; also of claims whose value is an e-mail address. */
function personalClaims(payload: Readonly<Record<string, unknown>>): string[] {
  return namesIn(payload, [], 0);
}

function namesIn(value: object, path: readonly string[], depth: number): string[] {
  if (depth > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const shown = withoutTokens([...path, name].join('.'));
    const isFilled = member !== null && member !== '' && member !== false;
    if (PERSONAL.test(name) && isFilled) return [shown];
    if (typeof member === 'string' && /^[^\s@:/]{1,64}@[^\s@:/]+\.[^\s@:/]+$/.test(member)) return [shown];
    return typeof member === 'object' && member !== null ? namesIn(member, [...path, name], depth + 1) : [];
  });
}

const levelOf = (claims: readonly string[]): Level =>
  claims.some((claim) => SENSITIVE.test(claim)) ? 'medium' : 'low';
