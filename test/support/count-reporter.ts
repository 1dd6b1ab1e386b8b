import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule, TestState } from 'vitest/node';

/**
 * Appends this run's counts to the file named by BELAY_TEST_COUNTS, for the closing line of `.ci/run`. A file that
 * could not be loaded, a failed `beforeAll` and an error outside of any test count as failures: none is a failed test.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const file = process.env.BELAY_TEST_COUNTS;
    if (file === undefined || file === '') return;
    const states = modules.flatMap((module) => [...module.children.allTests()]).map((test) => test.result().state);
    const count = (state: TestState) => states.filter((result) => result === state).length;
    const broken = modules.map(brokenParts).reduce((sum, parts) => sum + parts, errors.length);
    appendFileSync(file, `${JSON.stringify({ passed: count('passed'), failed: count('failed') + broken })}\n`);
  }
}

function brokenParts(module: TestModule): number {
  return [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
}
