import type { Case } from './cases.ts';
import type { Catch } from './catch.ts';
import type { Detection, Judgement } from './judge.ts';
import type { Mutant } from './mutants.ts';
import type { SpinResult } from './spin.ts';

const WIDTH = 118;
const NOT_EXPECTED = '← NOT EXPECTED';

/** Whether a case came out as expected. */
export function isAsExpected({ expected }: Case, { honest, thief }: Judgement): boolean {
  if ((honest ?? 'nothing') !== expected.honest) return false;
  if (thief === undefined) return true;
  return (
    thief.broken === undefined &&
    (expected.apart === undefined || isFoundAs(expected.apart, thief.apart)) &&
    (expected.inStep === undefined || (expected.inStep === 'found') === (thief.inStep.kind === 'found'))
  );
}

function isFoundAs(expected: number | 'never found', detection: Detection): boolean {
  if (expected === 'never found' || detection.kind === 'never')
    return expected === 'never found' && detection.kind === 'never';
  return detection.afterRenewal === expected;
}

export function caseRow(tested: Case, judgement: Judgement): string[] {
  const { honest, thief, states } = judgement;
  return [
    tested.name,
    honest === undefined ? 'none' : `yes (${honest})`,
    thief === undefined ? '' : (thief.broken ?? foundWords(thief.apart)),
    thief === undefined ? '' : thief.inStep.kind === 'found' ? 'found' : 'hidden',
    states.toLocaleString('en'),
    isAsExpected(tested, judgement) ? '' : NOT_EXPECTED,
  ];
}

function foundWords(detection: Detection): string {
  if (detection.kind === 'never') return 'never found';
  return `found, ≤ ${detection.afterRenewal} (${detection.switches})`;
}

export function mutantRow(mutant: Mutant, caught: Catch): string[] {
  const isCaught = caught.invariant === mutant.caughtBy;
  return [
    mutant.name,
    caught.invariant ?? 'not caught',
    caught.states.toLocaleString('en'),
    isCaught ? '' : `${NOT_EXPECTED}: ${mutant.caughtBy}`,
  ];
}

export function spinRow({ name, holds, found, states }: SpinResult): string[] {
  const verdict = found === undefined ? 'unknown' : found ? 'yes' : 'no';
  return [name, verdict, Number(states).toLocaleString('en'), found === holds ? '' : NOT_EXPECTED];
}

export const LEGEND = [
  'honest sign-out: whether messages lost or overtaken, two tabs, or a crash can end the session of honest actors.',
  'thief, > W apart: how often victim and thief, both served, can take turns from the first renewal after the theft',
  '  until the session ends; in brackets the same from the theft itself, when both still hold one credential.',
  'thief in step: he acts within W of the victim, every time. `hidden` is a limit that the documentation states.',
].join('\n');

/** Columns padded to their widest cell; the last but one is a number. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === headings.length - 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(headings), rule, ...rows.map(line)].join('\n');
}

/** Under a heading, a story broken between its steps. */
export function story(title: string, words: string): string {
  const lines: string[] = [];
  let current = `    ${title}:`;
  for (const [index, part] of words.split(' · ').entries()) {
    const next = index === 0 ? part : `· ${part}`;
    if (current.length + next.length + 1 > WIDTH) {
      lines.push(current);
      current = '     ';
    }
    current += ` ${next}`;
  }
  return [...lines, current].join('\n');
}
