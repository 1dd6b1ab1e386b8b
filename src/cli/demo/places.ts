import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { packageFolder } from '../package-folder.ts';

export const clusters: readonly string[] = ['eu', 'us', 'ap'];

/** What the processes are started from; the demo runs what is installed, so always the compiled files. */
export const programs = {
  belay: join(packageFolder, 'dist/src/cli/main.js'),
  sandbox: join(packageFolder, 'dist/src/sandbox/main.js'),
};

/** As a person would type them in the package's folder. */
export const shown = {
  guard: 'examples/shop/guard.yaml',
  deploy: 'dist/examples/shop/deploy.js',
};

/** What stands in the temporary folder. */
export function filesIn(folder: string) {
  return {
    config: join(folder, 'belay.yaml'),
    kubeconfigs: join(folder, 'kubeconfig'),
    /** The deploy command's own identity; Belay has another. */
    deployer: join(folder, 'kubeconfig', 'deployer.yaml'),
    sandboxReady: join(folder, 'sandbox.json'),
    log: (name: string) => join(folder, `${name}.log`),
  };
}

/** The annotated example with this run's addresses filled in. */
export async function writeConfig(file: string, temporal: { readonly address: string; readonly ui: string }) {
  const config = parseDocument(await readFile(join(packageFolder, 'examples/shop/belay.yaml'), 'utf8'));
  config.setIn(['temporal', 'address'], temporal.address);
  config.setIn(['temporal', 'ui'], temporal.ui);
  await writeFile(file, config.toString());
}
