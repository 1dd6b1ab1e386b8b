import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from './lab.ts';

/** `npm run lab [-- clusters]`: real clusters with a kubeconfig, for a person, until Ctrl-C. */
const clusters = Number(process.argv[2] ?? 3);
if (!(Number.isInteger(clusters) && clusters > 0 && clusters <= 20)) {
  process.stderr.write(`"${process.argv[2]}" is not a number of clusters: give one from 1 to 20\n`);
  process.exit(2);
}
const lab = await startLab({ clusters }).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const folder = await mkdtemp(join(tmpdir(), 'belay-lab-'));
const kubeconfig = join(folder, 'kubeconfig.yaml');
await writeFile(kubeconfig, lab.kubeconfig('admin', 'engine', 'deployer'), { mode: 0o600 });
process.stdout.write(
  [
    ...lab.clusters.map(
      ({ name, url }) => `${name.padEnd(8)} ${url}   contexts ${name}-admin ${name}-engine ${name}-deployer`,
    ),
    '',
    `export KUBECONFIG=${kubeconfig}`,
    `${lab.binaries.kubectl} --context eu-admin get pods -A`,
    '',
    'engine and deployer may do nothing until you bind them to a role. Ctrl-C ends the clusters and deletes everything.',
    '',
  ].join('\n'),
);
const stayAwake = setInterval(() => undefined, 2 ** 30);
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
});
clearInterval(stayAwake);
await lab.stop();
await rm(folder, { recursive: true, force: true });
