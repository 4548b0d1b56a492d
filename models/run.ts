import { sweepBound } from './bound.ts';
import { comparison, variations, type Case } from './cases.ts';
import { catchMutant } from './catch.ts';
import { mutants } from './mutants.ts';
import { LEGEND, caseRow, isAsExpected, mutantRow, spinRow, story, table } from './report.ts';
import { runSpin } from './spin.ts';

const CASE_HEADINGS = ['', 'honest sign-out', 'thief, > W apart', 'thief in step', 'states'];

/** Runs cases, prints their table and the counterexamples of those that fail; whether all came out as expected. */
function showCases(title: string, cases: readonly Case[], withStories: boolean, legend?: string): boolean {
  const results = cases.map((each) => ({ each, judgement: each.judge() }));
  console.log(
    table(
      [title, ...CASE_HEADINGS.slice(1)],
      results.map(({ each, judgement }) => caseRow(each, judgement)),
    ),
  );
  console.log(legend === undefined ? '' : `\n${legend}\n`);
  for (const { each, judgement } of withStories ? results : []) {
    if (judgement.counterexamples.length === 0) continue;
    console.log(`  ${each.name.trim()}`);
    for (const { title: kind, words } of judgement.counterexamples) console.log(story(kind, words));
    console.log('');
  }
  return results.every(({ each, judgement }) => isAsExpected(each, judgement));
}

function showMutants(withStories: boolean): boolean {
  const results = mutants.map((mutant) => ({ mutant, caught: catchMutant(mutant) }));
  console.log(
    table(
      ['mutants of the rules', 'caught by', 'states'],
      results.map(({ mutant, caught }) => mutantRow(mutant, caught)),
    ),
  );
  console.log('');
  for (const { mutant, caught } of withStories ? results : []) console.log(story(mutant.name, caught.words));
  return results.every(({ mutant, caught }) => caught.invariant === mutant.caughtBy);
}

function showBound(): boolean {
  const worlds = sweepBound();
  const wrong = worlds.filter(({ isWithin, isSafe }) => isWithin !== isSafe);
  const exactly = wrong.length === 0 ? 'exactly' : `NOT EXACTLY (${wrong.length} differ)`;
  console.log(`Of ${worlds.length} choices of P, A, D and Q those are safe ${exactly} that have P + A + D + Q ≤ W.\n`);
  return wrong.length === 0;
}

function showSpin(): boolean {
  const results = runSpin();
  if (results === undefined) {
    console.log('Spin is not installed here: the Promela model was not run. models/SPIN.md has its recorded result.\n');
    return true;
  }
  console.log(table(['the Promela model, run by Spin', 'holds', 'states'], results.map(spinRow)));
  console.log('');
  return results.every(({ found, holds }) => found === holds);
}

function main(): number {
  const isVerbose = process.argv.includes('--verbose');
  const startedAt = performance.now();
  const parts = [
    showCases('policy', comparison, true, LEGEND),
    showCases('the rules in other worlds', variations, isVerbose),
    showBound(),
    showMutants(isVerbose),
    showSpin(),
  ];
  const isWell = parts.every(Boolean);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${isWell ? 'All as expected' : 'NOT ALL AS EXPECTED'}, in ${seconds} s.`);
  return isWell ? 0 : 1;
}

process.exitCode = main();
