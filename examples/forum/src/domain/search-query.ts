/** Words and phrases that were searched for. */
export interface SearchQuery {
  /** For FTS5: all of them must be there. Nothing of what was typed is syntax in it. */
  readonly all: string;
  /** Any of them: what is marked in a result. */
  readonly any: string;
}

const LONGEST = 200;
const MOST_TERMS = 8;
const WORD = /[\p{Letter}\p{Number}\p{Mark}]+/gu;

/**
 * What may be searched for, of what somebody typed. A term consists of letters and digits alone and stands in quotes,
 * so that no operator, column or wildcard of FTS5 is within reach. Text in quotes is a phrase. More than eight terms
 * are not looked at.
 */
export function parseSearch(text: string): SearchQuery | undefined {
  const terms = new Set<string>();
  // Every second part stood in quotes; an open quote at the end counts as closed.
  const parts = text.slice(0, LONGEST).toWellFormed().normalize('NFC').split('"');
  for (const [index, part] of parts.entries()) {
    const words = part.match(WORD) ?? [];
    const isPhrase = index % 2 === 1;
    for (const term of isPhrase ? [words.slice(0, MOST_TERMS).join(' ')] : words) {
      if (term !== '' && terms.size < MOST_TERMS) terms.add(`"${term}"`);
    }
  }
  if (terms.size === 0) return undefined;
  return { all: [...terms].join(' AND '), any: [...terms].join(' OR ') };
}
