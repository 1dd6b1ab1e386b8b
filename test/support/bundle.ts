import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BundleOptions, bundleWorkflowCode } from '@temporalio/worker';

const warn = (message: string) => console.error(message);
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn, error: warn };

/** Belay's own; workflows of other teams have what they chose. */
export const payloadConverterPath = fileURLToPath(new URL('../../workflows/payload-converter.ts', import.meta.url));

type Converter = Pick<BundleOptions, 'payloadConverterPath'>;

/** Workflows of tests, straight from TypeScript. Answers the path for `workflowBundle.codePath`. */
export async function bundleWorkflows(workflowsPath: string, to: string, converter: Converter = {}): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, ...converter, logger: quiet });
  await writeFile(to, code);
  return to;
}
