import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule, TestRunEndReason, TestState } from 'vitest/node';

/**
 * Appends this run's counts to the file named by BELAY_TEST_COUNTS, for the closing line of `.ci/run`. A file that
 * could not be loaded, a failed `beforeAll` and an error outside of any test count as failures: none is a failed test. So
 * does a run that failed before any test, as when a global set-up throws.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const file = process.env.BELAY_TEST_COUNTS;
    if (file === undefined || file === '') return;
    const states = modules.flatMap((module) => [...module.children.allTests()]).map((test) => test.result().state);
    const count = (state: TestState) => states.filter((result) => result === state).length;
    const broken = modules.map(brokenParts).reduce((sum, parts) => sum + parts, errors.length);
    const unseen = reason !== 'passed' && count('failed') + broken === 0 ? 1 : 0;
    appendFileSync(file, `${JSON.stringify({ passed: count('passed'), failed: count('failed') + broken + unseen })}\n`);
  }
}

function brokenParts(module: TestModule): number {
  return [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
}
