import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with a plain line, `N passed, N failed`, for readers that look for one. */
export class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file that could not be loaded, or a suite whose hooks failed, has failed whatever its tests did.
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const { result } of allResults(module)) tally[result === 'pending' ? 'skipped' : result] += 1;
    }
    const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
    // Other reporters and the teardown still have something to print.
    process.once('exit', () => process.stdout.write(`${tally.passed} passed, ${tally.failed} failed${skipped}\n`));
  }
}

function allResults(module: TestModule): { result: 'passed' | 'failed' | 'skipped' | 'pending' }[] {
  return [...module.children.allTests()].map((test) => ({ result: test.result().state }));
}
