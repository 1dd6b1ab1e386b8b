import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTemporalCli, startDevServer } from '../../src/adapters/temporal-cli.ts';
import { bundleWorkflows, payloadConverterPath } from './bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string;
    /** Path of the Temporal CLI, for tests that start a server of their own. */
    temporalCli: string;
    /** The bundle of `workflows/index.ts`; empty as long as that file does not exist. */
    workflowBundle: string;
  }
}

const workflows = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** One server and one bundle for the whole run: each test file takes a namespace of its own on it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-test-'));
  const cli = await findTemporalCli();
  const [server, bundle] = await Promise.all([
    startDevServer({ cli: cli.path }),
    existsSync(workflows)
      ? bundleWorkflows(workflows, join(folder, 'workflow-bundle.js'), { payloadConverterPath })
      : '',
  ]);
  project.provide('temporalAddress', server.address);
  project.provide('temporalCli', cli.path);
  project.provide('workflowBundle', bundle);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
