/** Which texts look like credentials. Pure, and bounded: the texts are a stranger's. */

export interface Jwt {
  readonly kind: 'JWT';
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Shown by its shape alone: RFC 7516 §3.1 has five parts, of which the first is readable. */
export interface EncryptedJwt {
  readonly kind: 'encrypted JWT';
  readonly text: string;
}

/** Long, and with no pattern that is known: perhaps a token, perhaps a number that means nothing. */
export interface OpaqueToken {
  readonly kind: 'opaque';
  readonly text: string;
}

export type Token = Jwt | EncryptedJwt | OpaqueToken;

/** A token, and the names on the way to it inside a stored value: `session.access_token`. */
export interface NamedToken {
  readonly token: Token;
  readonly path: readonly string[];
}

const MAX_CHARACTERS = 256 * 1024;
const MAX_TOKENS = 50;
const MAX_DEPTH = 8;
/** OWASP: a session identifier has at least 64 bits of entropy. */
const LEAST_BITS = 64;
const LEAST_CHARACTERS = 16;
const LEAST_BITS_PER_CHARACTER = 2.8;

/** Anchored where a run begins: each run is read once, whatever it holds. */
const JWT = /(?<![\w.-])eyJ[\w-]{6,}(?:\.[\w-]*){2,4}/g;
const RUN = /[\w+/=-]{16,}/g;

/** All tokens of a stored value, also inside JSON, percent-encoding, or base64 of JSON. */
export function findTokens(value: string): NamedToken[] {
  const found: NamedToken[] = [];
  collect(value.slice(0, MAX_CHARACTERS), [], found, 0);
  return found;
}

function collect(value: unknown, path: readonly string[], found: NamedToken[], depth: number): void {
  if (depth > MAX_DEPTH || found.length >= MAX_TOKENS) return;
  if (typeof value === 'string') return collectFromText(value, path, found, depth);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) collect(member, [...path, name], found, depth + 1);
}

function collectFromText(text: string, path: readonly string[], found: NamedToken[], depth: number): void {
  const inner = unwrapped(text);
  if (inner !== undefined) return collect(inner, path, found, depth + 1);
  let rest = text;
  for (const [jwt] of text.matchAll(JWT)) {
    if (found.length >= MAX_TOKENS) return;
    const token = readJwt(jwt);
    if (token === undefined) continue;
    found.push({ token, path });
    rest = rest.replace(jwt, ' ');
  }
  for (const [run] of rest.matchAll(RUN)) {
    if (found.length < MAX_TOKENS && looksRandom(run)) found.push({ token: { kind: 'opaque', text: run }, path });
  }
}

/** What a text stands for, where it is only a wrapping of something else. */
function unwrapped(text: string): unknown {
  if (/%[0-9A-Fa-f]{2}/.test(text)) {
    const decoded = attempt(() => decodeURIComponent(text));
    if (decoded !== undefined && decoded !== text) return decoded;
  }
  if (/^\s*[[{"]/.test(text)) return attempt((): unknown => JSON.parse(text));
  const [, coded] = /^(?:base64-|s:|j:)?(eyJ[\w+/-]{12,}={0,2}|W3[\w+/-]{12,}={0,2})$/.exec(text) ?? [];
  if (coded === undefined) return undefined;
  const json = Buffer.from(coded, 'base64').toString('utf8');
  return attempt((): unknown => JSON.parse(json));
}

function readJwt(text: string): Jwt | EncryptedJwt | undefined {
  const [first = '', second = '', ...others] = text.split('.');
  const header = readPart(first);
  if (header === undefined || typeof header['alg'] !== 'string') return undefined;
  if (others.length === 3) return { kind: 'encrypted JWT', text };
  const payload = readPart(second);
  return payload && { kind: 'JWT', text, header, payload };
}

function readPart(part: string): Record<string, unknown> | undefined {
  const value = attempt((): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

/** Whether a run of characters could only be guessed by trying: long, mixed, and without much repetition. */
export function looksRandom(run: string): boolean {
  const text = run.replace(/=+$/, '');
  if (text.length < LEAST_CHARACTERS || !/\d/.test(text) || !/[A-Za-z]/.test(text)) return false;
  // Words between separators, dates, and names with a version are for people.
  const parts = text.split(/[-_/+]/);
  const isUuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
  if (!isUuid && parts.length > 1 && parts.every((part) => /^(?:[A-Za-z]*|\d*|[A-Za-z]+\d{1,4})$/.test(part)))
    return false;
  const bits = bitsPerCharacter(text);
  return bits >= LEAST_BITS_PER_CHARACTER && bits * text.length >= LEAST_BITS;
}

/** Shannon's, of the characters as they are distributed in the text itself. */
export function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
