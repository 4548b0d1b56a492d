import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { SoakRow } from '../packages/server/test/support/soak.ts';

type Figures = readonly (number | undefined)[];

const COLUMNS = ['steps', 'presented', 'rotations', 'late retries', 'thefts found', 'kills', 'violations', 'seconds'];

/** Ends a long run with a table of what it did, as Markdown. */
export class SoakReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = new Map<string, Figures>();
    const seeds = new Set<number>();
    for (const test of tests) {
      const { soak } = test.meta();
      if (soak === undefined) continue;
      rows.set(soak.setting, add(rows.get(soak.setting), figuresOf(soak, test)));
      if (soak.seed !== undefined) seeds.add(soak.seed);
    }
    if (rows.size === 0) return;
    const surroundings = [
      new Date().toISOString().slice(0, 10),
      `Node ${process.versions.node}`,
      `seed ${[...seeds].join(', ')}`,
    ];
    // Other reporters and the teardown still have something to print.
    process.once('exit', () => process.stdout.write(`\n${surroundings.join(', ')}\n\n${tableOf(rows)}\n\n`));
  }
}

function figuresOf(row: SoakRow, test: TestCase): Figures {
  const { steps, presentations, rotations, lateRetries, theftsFound, kills, violations } = row;
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
  return [steps, presentations, rotations, lateRetries, theftsFound, kills, violations, seconds];
}

function add(sum: Figures | undefined, more: Figures): Figures {
  return sum === undefined ? more : sum.map((value, index) => plus(value, more[index]));
}

function plus(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right;
}

function tableOf(rows: ReadonlyMap<string, Figures>): string {
  const cells = [...rows].map(([setting, figures]) => [setting, ...figures.map(textOf)]);
  const rule = ['---', ...COLUMNS.map(() => '---:')];
  return [['', ...COLUMNS], rule, ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function textOf(figure: number | undefined): string {
  return figure === undefined ? '–' : Math.round(figure).toLocaleString('en');
}
