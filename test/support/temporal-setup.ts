import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { findTemporalCli, startDevServer } from '../../src/adapters/temporal-cli.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string;
    /** Path of the Temporal CLI, for tests that start a server of their own. */
    temporalCli: string;
    /** Where the prebuilt bundle of our workflows is: the one that ships. */
    workflowBundle: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** One server and one build for the whole run: each test file takes a namespace of its own on it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const cli = await findTemporalCli();
  const [server] = await Promise.all([startDevServer({ cli: cli.path }), build()]);
  project.provide('temporalAddress', server.address);
  project.provide('temporalCli', cli.path);
  project.provide('workflowBundle', `${root}dist/workflow-bundle.js`);
  return () => server.stop();
}

/** Quick when nothing changed. What the compiler says is on its standard output. */
async function build(): Promise<void> {
  await run(process.execPath, ['scripts/build.js'], { cwd: root }).catch((error: { stdout?: string }) => {
    throw new Error(`npm run build failed: ${error.stdout}`);
  });
}
