import { columns, tookText } from '../columns.ts';
import { exitCodes } from '../exit-codes.ts';
import { runNode } from './child.ts';
import { awaitHealthy, type Contents, differences, readContents } from './contents.ts';
import { clusters, filesIn, shown } from './places.ts';
import { together } from './resources.ts';
import { openFolder, type Stage, type StageOptions, startSandbox, startTemporal, startWorker } from './stage.ts';

export const application = 'production/shop';

/** Temporal, clusters and worker as processes of their own, and version 1 of the shop in every cluster. */
export async function setTheStage(options: StageOptions, uiPort?: number): Promise<Stage> {
  const folder = await openFolder(options);
  const [temporal] = await together(
    told('Temporal', startTemporal(folder, options, uiPort), ({ ui }) => `dev server, UI at ${ui}`),
    told('clusters', startSandbox(folder, options), () => `${clusters.join(' ')}: a sandbox over HTTP, not Kubernetes`),
  );
  options.signal.throwIfAborted();
  const { deployer } = filesIn(folder);
  const [stage] = await together(
    told('worker', startWorker(folder, temporal, options), () => 'polls; a process of its own, as all of these'),
    told('shop v1', deployFirst(deployer, options.signal), () => 'deployed everywhere and healthy'),
  );
  return stage;
}

async function deployFirst(kubeconfig: string, signal: AbortSignal): Promise<void> {
  await deploy('platform', kubeconfig, signal);
  await deploy('v1', kubeconfig, signal);
  await awaitHealthy(kubeconfig, signal);
}

async function deploy(version: string, kubeconfig: string, signal: AbortSignal): Promise<void> {
  const code = await runNode([shown.deploy, '--version', version], { env: { KUBECONFIG: kubeconfig }, signal });
  if (code !== 0) throw new Error(`the deploy of ${version} ended with exit ${code}`);
}

/** A deploy under guard, as a person would run it. Answers the exit code. */
export async function deployUnderGuard(stage: Stage, version: string): Promise<number> {
  const command = ['node', shown.deploy, '--version', version];
  say('', `$ belay run -f ${shown.guard} -- ${command.join(' ')}`);
  return await stage.belay(['run', '-f', shown.guard, '--', ...command]);
}

/** The whole demo; answers its exit code. */
export async function tellStory(stage: Stage): Promise<number> {
  const before = await readContents(stage.deployer);
  const code = await deployUnderGuard(stage, 'v2-bad');
  const isEqual = compare(before, await readContents(stage.deployer));
  say('', `$ belay history ${application}`);
  await stage.belay(['history', application]);
  await stage.belay(['history', application, '--verify']);
  if (code !== exitCodes.restored)
    say('', `✖ the guard should have ended with exit ${exitCodes.restored}, not ${code}`);
  return code === exitCodes.restored && isEqual ? 0 : 1;
}

function compare(before: Contents, after: Contents): boolean {
  const different = differences(before, after);
  const count = `${before.size - different.length} of ${before.size} objects are as they were before the deploy`;
  const text = different.length === 0 ? `${count}; asked over HTTP, without Belay` : count;
  const mark = different.length === 0 ? '✔' : '✖';
  say('', columns({ mark, title: 'read again', text, right: '' }), ...different.map((what) => `  ${what}`));
  return different.length === 0;
}

/** Says when it is done, and how long it took. */
async function told<T>(title: string, task: Promise<T>, text: (result: T) => string): Promise<T> {
  const start = performance.now();
  const result = await task;
  say(columns({ mark: '✔', title, text: text(result), right: tookText(performance.now() - start) }));
  return result;
}

/** Of the latest run under the guard's id, which is a public name. */
export function guardAddress({ ui }: Pick<Stage, 'ui'>): string {
  return `${ui}/namespaces/default/workflows/${encodeURIComponent(`belay:${application}`)}`;
}

export function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
