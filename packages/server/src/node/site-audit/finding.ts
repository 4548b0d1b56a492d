import type { FindingCode } from './finding-texts.ts';

/** The worst first. */
export const LEVELS = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Level = (typeof LEVELS)[number];

/** Where something lies, or passed. Names are the site's own, and so may hold anything. */
export interface Place {
  /** `https://host:port`; of a cookie its domain. */
  readonly origin: string;
  readonly storage: StorageName;
  /** The key, the cookie's name, the address, or the header. */
  readonly key: string;
}

export type StorageName =
  | 'localStorage'
  | 'sessionStorage'
  | 'IndexedDB'
  | 'cookie'
  | 'page memory'
  | 'address'
  | 'response'
  | 'page'
  | 'session';

export interface Finding {
  readonly code: FindingCode;
  readonly level: Level;
  readonly where: Place;
  /** What was seen. Credentials are shortened to their first characters. */
  readonly evidence: string;
}

export const isAtLeast = (level: Level, least: Level): boolean => LEVELS.indexOf(level) <= LEVELS.indexOf(least);

/** The worst first, equal ones by code and place; what was found twice at one place is there once. */
export function ranked(findings: readonly Finding[]): Finding[] {
  const byPlace = new Map<string, Finding>();
  for (const finding of findings) {
    const { code, where } = finding;
    const id = JSON.stringify([code, where.origin, where.storage, where.key]);
    const known = byPlace.get(id);
    if (known === undefined || LEVELS.indexOf(finding.level) < LEVELS.indexOf(known.level)) byPlace.set(id, finding);
  }
  const rank = ({ level, code, where }: Finding) => [LEVELS.indexOf(level), code, where.origin, where.key].join('\n');
  return [...byPlace.values()].toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1));
}
