/** Prints the closing line `tests: N passed, N failed, N skipped` after vitest's own summary. */
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    // What breaks outside of a test (the set-up, a rejection nobody awaits) counts as a failure too.
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const cases = [...module.children.allTests()];
      for (const test of cases) {
        const state = test.result().state;
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state] += 1;
        else count.failed += 1;
      }
      // A file that breaks while it loads, or a hook around its tests, leaves no test failed.
      const around = [module, ...module.children.allSuites()];
      count.failed += around.filter((one) => one.errors().length > 0).length;
    }
    process.stdout.write(
      `\ntests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}
