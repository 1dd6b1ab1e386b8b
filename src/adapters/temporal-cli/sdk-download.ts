import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from './run.ts';
import { type CliSource, keepInCache, pinnedVersion, withScratchFolder } from './source.ts';

/**
 * The SDK downloads a CLI only to start it, in native code that cannot be interrupted: hence a process of its own,
 * which is killed when the time is over.
 */
const script = `
const { TestWorkflowEnvironment } = require(process.argv[1]);
const executable = { type: 'cached-download', version: process.argv[2], downloadDir: process.argv[3] };
TestWorkflowEnvironment.createLocal({ server: { executable } })
  .then((environment) => environment.teardown())
  .catch((error) => { console.error(String(error.message).replaceAll('\\n', ' ')); process.exit(1); });
`;

export const fromSdk: CliSource = {
  name: 'temporal.download (by the SDK)',
  find: (context) =>
    withScratchFolder(context, async (folder) => {
      const testing = createRequire(import.meta.url).resolve('@temporalio/testing');
      await run(context.node, ['-e', script, testing, `v${pinnedVersion}`, folder], context);
      const [file] = await readdir(folder);
      if (file === undefined) throw new Error('the SDK downloaded nothing');
      return keepInCache(join(folder, file), context);
    }),
};
