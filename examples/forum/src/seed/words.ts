/** Numbers that look random and are the same each time. */
export function createNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The commonest words of the generated texts, most common first. */
export const COMMON_WORDS = [
  'token',
  'the',
  'session',
  'cookie',
  'server',
  'browser',
  'with',
  'user',
  'request',
  'refresh',
  'after',
  'signed',
] as const;
/** In about one post of 5,000. */
export const RARE_WORD = 'quokka';
/** In every second post each, and never in the same one: the worst that a search for two words can meet. */
export const ALTERNATING_WORDS = ['evenly', 'oddly'] as const;

const SYLLABLES = ['ba', 'co', 'der', 'fin', 'gul', 'hem', 'lor', 'mi', 'nat', 'pos', 'ret', 'sal', 'tu', 'vex', 'wan'];
const VOCABULARY: readonly string[] = [
  ...COMMON_WORDS,
  ...Array.from({ length: 15 ** 3 }, (_, index) =>
    [index % 15, Math.floor(index / 15) % 15, Math.floor(index / 225)].map((at) => SYLLABLES[at] ?? '').join(''),
  ),
];

/** Words as a language has them: the tenth most common one is a tenth as common as the first. */
export function pickWord(number: () => number): string {
  return VOCABULARY[Math.floor(VOCABULARY.length ** number()) - 1] ?? 'token';
}

export function makeText(number: () => number, length: number, id: number): string {
  const words = Array.from({ length }, () => pickWord(number));
  words.push(id % 2 === 0 ? ALTERNATING_WORDS[0] : ALTERNATING_WORDS[1]);
  if (number() < 1 / 5_000) words.push(RARE_WORD);
  const half = Math.floor(words.length / 2);
  return `${words.slice(0, half).join(' ')}.\n\n**${words[half] ?? ''}** ${words.slice(half).join(' ')}.`;
}
