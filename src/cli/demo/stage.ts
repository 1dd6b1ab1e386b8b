import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnServer } from '../../adapters/temporal-cli/server-process.ts';
import { findTemporalCli, startDevServer } from '../../adapters/temporal-cli.ts';
import { searchAttributes } from '../../schema/search-attributes.ts';
import { runNode } from './child.ts';
import { clusters, filesIn, programs, writeConfig } from './places.ts';
import type { Resources } from './resources.ts';

export interface Stage {
  readonly folder: string;
  readonly config: string;
  readonly temporal: string;
  readonly ui: string;
  /** Kubeconfig of the deploy command. */
  readonly deployer: string;
  /** Runs `belay <args>` against this stage and answers its exit code. */
  belay(args: readonly string[]): Promise<number>;
}

export interface StageOptions {
  readonly resources: Resources;
  readonly signal: AbortSignal;
}

/** Everything that follows lives in this folder. */
export async function openFolder({ resources }: StageOptions): Promise<string> {
  ignoreOwnSettings();
  const folder = await mkdtemp(join(tmpdir(), 'belay-demo-'));
  resources.add(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A demo must not write to the Temporal server or the store of the person who tries it. */
function ignoreOwnSettings(): void {
  for (const name of Object.keys(process.env)) {
    if (/^(BELAY|TEMPORAL)_/.test(name) && name !== 'TEMPORAL_CLI_PATH') delete process.env[name];
  }
}

export interface Temporal {
  readonly address: string;
  readonly ui: string;
}

/** `uiPort` as asked for, else 8233 if it is free, else any. */
export async function startTemporal(
  folder: string,
  { resources }: StageOptions,
  uiPort: number | undefined,
): Promise<Temporal> {
  const cli = await findTemporalCli();
  const port = uiPort ?? ((await isFree(usualUiPort)) ? usualUiPort : undefined);
  const server = await startDevServer({
    cli: cli.path,
    searchAttributes,
    ui: 'on',
    ...(port === undefined ? {} : { uiPort: port }),
    logFile: filesIn(folder).log('temporal'),
  });
  resources.add(() => server.stop());
  return { address: server.address, ui: server.uiUrl ?? '' };
}

const usualUiPort = 8233;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export async function startSandbox(folder: string, options: StageOptions): Promise<void> {
  const { kubeconfigs, sandboxReady } = filesIn(folder);
  const places = ['--kubeconfig', kubeconfigs, '--port-file', sandboxReady];
  const args = [programs.sandbox, '--clusters', clusters.join(','), ...places];
  await startNode('sandbox', { folder, args, ready: '"controlUrl"' }, options);
}

export async function startWorker(folder: string, temporal: Temporal, options: StageOptions): Promise<Stage> {
  const { config, deployer } = filesIn(folder);
  await writeConfig(config, temporal);
  await startNode(
    'worker',
    { folder, args: [programs.belay, 'worker', '--config', config], ready: 'polling' },
    options,
  );
  const env = { BELAY_CONFIG: config, KUBECONFIG: deployer };
  const belay = (args: readonly string[]) => runNode([programs.belay, ...args], { env, signal: options.signal });
  return { folder, config, temporal: temporal.address, ui: temporal.ui, deployer, belay };
}

interface NodeServer {
  readonly folder: string;
  readonly args: readonly string[];
  /** Part of what it prints once it serves. */
  readonly ready: string;
}

async function startNode(name: string, { folder, args, ready }: NodeServer, options: StageOptions): Promise<void> {
  const log = filesIn(folder).log(name);
  const server = await spawnServer(process.execPath, args, log);
  options.resources.add(() => server.stop());
  const gone = new AbortController();
  void server.ended.then(() => gone.abort());
  for (let patience = 400; patience > 0 && !gone.signal.aborted; patience -= 1) {
    if ((await readFile(log, 'utf8')).includes(ready)) return;
    await delay(50, undefined, { signal: options.signal });
  }
  throw new Error(`the ${name} did not start:\n${await readFile(log, 'utf8')}`);
}
