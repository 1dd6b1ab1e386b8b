import { defineConfig } from 'vitest/config';

/** Folders whose tests talk to a real Temporal server; every other test folder is `unit`, so that none is forgotten. */
const withTemporal = ['workflows', 'activities', 'client', 'e2e', 'replay', 'detect'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

/** Run by commands of their own: they need real clusters (`cluster`), many minutes (`kills`), or prove the checks (`awake`). */
const apart = ['awake', 'cluster', 'kills'].map((folder) => `test/${folder}/**/*.test.ts`);

/** Tests that wait for deadlines, rollouts and dead workers rather than compute: more than cores, after those that do. */
const mostlyWaiting = { maxWorkers: 4, maxConcurrency: 10 };

export default defineConfig({
  test: {
    // The SDK's native code and its worker threads are at home in processes.
    pool: 'forks',
    // Nothing of ours keeps state in modules, and loading the SDK anew for each file would cost a minute of a whole run.
    isolate: false,
    maxWorkers: 2,
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...withTemporal, ...apart],
          testTimeout: 10_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: withTemporal,
          globalSetup: ['test/support/temporal-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...mostlyWaiting,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/support/lab-setup.ts', 'test/support/temporal-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'kills',
          include: ['test/kills/*.test.ts'],
          globalSetup: ['test/support/temporal-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'lab-kills',
          include: ['test/kills/lab/*.test.ts'],
          globalSetup: ['test/support/lab-setup.ts', 'test/support/temporal-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: { name: 'awake', include: ['test/awake/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
