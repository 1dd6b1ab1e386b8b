import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

export const clusters: readonly string[] = ['eu', 'us', 'ap'];

/** The folder of this package, from the sources as well as from `dist`. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

/** What the processes are started from; the demo runs what is installed, so always the compiled files. */
export const programs = {
  belay: join(root, 'dist/src/cli/main.js'),
  sandbox: join(root, 'dist/src/sandbox/main.js'),
};

/** As a person would type them in `root`. */
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
  const config = parseDocument(await readFile(join(root, 'examples/shop/belay.yaml'), 'utf8'));
  config.setIn(['temporal', 'address'], temporal.address);
  config.setIn(['temporal', 'ui'], temporal.ui);
  await writeFile(file, config.toString());
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('the demo does not find the folder of its package');
  return findRoot(parent);
}
