export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/**
 * Comparisons that one diff may cost: a page has fifty of them. Beyond, what differs is shown as taken out and put in as a
 * whole.
 */
const MAX_CELLS = 100_000;

/** What became of each line of a text: the longest common subsequence stays. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split('\n');
  const young = after.split('\n');
  const shorter = Math.min(old.length, young.length);
  let head = 0;
  while (head < shorter && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === young.at(-1 - tail)) tail += 1;
  return [
    ...old.slice(0, head).map(same),
    ...diffMiddle(old.slice(head, old.length - tail), young.slice(head, young.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

function same(text: string): DiffLine {
  return { kind: 'same', text };
}

function diffMiddle(old: readonly string[], young: readonly string[]): DiffLine[] {
  const width = young.length + 1;
  if ((old.length + 1) * width > MAX_CELLS) return [...all('removed', old), ...all('added', young)];
  // lengths[i * width + j]: of the longest common subsequence of what follows line i and line j.
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = young.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        old[i] === young[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  return walk(old, young, lengths, width);
}

function walk(old: readonly string[], young: readonly string[], lengths: Uint16Array, width: number): DiffLine[] {
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length && j < young.length) {
    const line = old[i] ?? '';
    if (line === young[j]) {
      lines.push(same(line));
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) {
      lines.push({ kind: 'removed', text: line });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: young[j] ?? '' });
      j += 1;
    }
  }
  return [...lines, ...all('removed', old.slice(i)), ...all('added', young.slice(j))];
}

function all(kind: DiffLine['kind'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ kind, text }));
}
