import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTemporalCli, startDevServer } from '../../src/adapters/temporal-cli.ts';
import {
  type BelayClient,
  connect,
  followGuard,
  type GuardEnding,
  guardWorkflowId,
  requestRollback,
  startGuard,
} from '../../src/client/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import { searchAttributes } from '../../src/schema/search-attributes.ts';
import { WorkerProcess } from '../../test/kills/worker-process.ts';
import type { LabCluster } from '../../test/lab/lab.ts';
import type { TroubleProxy } from './proxy.ts';
import { applyInAll } from './scripts.ts';
import type { Attempt, Deployed, Said, Site, Tool } from './tool.ts';

const environment = 'peers';

export interface BelayOptions {
  readonly clusters: readonly LabCluster[];
  readonly proxy: TroubleProxy;
  /** Of its own. */
  readonly folder: string;
}

/** `belay worker` as a process, on a Temporal server of its own; deploys are made with kubectl. */
export async function startBelay(options: BelayOptions): Promise<Tool> {
  const server = await startDevServer({ cli: (await findTemporalCli()).path, searchAttributes });
  const { address, namespace } = server;
  await writeConfig(options);
  const client = await connect({ namespace, connection: { address } });
  const workers = new Workers(options.folder, { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  return {
    name: 'belay rollback',
    says: '`belay rollback` of all clusters, over `belay worker`',
    install: async (site) => {
      await applyInAll(site, 'v1');
      return await guarded(client, workers, site);
    },
    close: async () => {
      await workers.kill();
      await client.close();
      await server.stop();
    },
  };
}

async function writeConfig({ clusters, proxy, folder }: BelayOptions): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'kubeconfig.yaml'), proxy.kubeconfig, { mode: 0o600 });
  const entries = clusters.map(({ name }) => `  ${name}: { kubeconfig: kubeconfig.yaml, context: ${name} }\n`);
  await writeFile(join(folder, 'belay.yaml'), `store: file:store\nclusters:\n${entries.join('')}`);
}

/** One at a time; a killed one stays so until the next is asked for. */
class Workers {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  #running: WorkerProcess | undefined;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  async ready(): Promise<void> {
    this.#running ??= new WorkerProcess(this.#folder, this.#env);
    await this.#running.polling();
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
    this.#running = undefined;
  }
}

/** Milliseconds. */
const readyTimeout = 60_000;
/** A run that waits for a person looks again each 30 seconds at most: for so long after a second try that is not its end. */
const looksAgain = 60_000;

async function guarded(client: BelayClient, workers: Workers, site: Site): Promise<Deployed> {
  const { lab, namespace } = site;
  const application = { application: namespace, environment };
  const request: GuardRequest = {
    ...application,
    guardId: randomUUID(),
    targets: lab.clusters.map(({ name: cluster }) => ({ cluster, namespace, scope: { selector: `app=${namespace}` } })),
    // There is no deployer to stop; a cluster that is away is away for long; nobody waits ten minutes here.
    ...{ deadline: '60s', bake: '1h', haltTimeout: '1s', unreachable: { wait: '10s' } },
  };
  const handle = client.temporal.workflow.getHandle(guardWorkflowId(application));
  await workers.ready();
  const started = await startGuard(client, request, { readyTimeout, by: 'operator' });
  if (started.kind !== 'ready') throw new Error(`the guard is not ready: ${JSON.stringify(started)}`);
  const message = { by: 'operator', reason: 'a bad deploy', to: started.view.baseline?.id ?? '' };
  let asked = 0;
  const follow = async (): Promise<Said> => {
    asked += 1;
    await workers.ready();
    const { run } = await requestRollback(client, application, message);
    const ending = await followGuard(client, run, asked === 1 ? {} : { decided: looksAgain });
    if (ending.kind === 'ended' && ending.result.outcome === 'restored') return 'done';
    console.log(`${namespace}: ${tellEnding(ending)}`);
    return 'failed';
  };
  return {
    deployBadly: () => applyInAll(site, 'v2'),
    rollBack: () => attempt(follow(), workers),
    // One that waits for a person would wait on; one that is closed has nothing to terminate.
    end: async () => void (await handle.terminate().catch(() => undefined)),
  };
}

function tellEnding(ending: GuardEnding): string {
  if (ending.kind === 'ended') return `${ending.result.outcome}: ${ending.result.reason}`;
  return ending.kind === 'waiting' ? `waits: ${ending.view.decision?.reason}` : ending.kind;
}

/** Nobody hears of an end whose worker is dead. */
function attempt(followed: Promise<Said>, workers: Workers): Attempt {
  let kill = async () => {};
  const killed = new Promise<Said>((resolve) => {
    kill = async () => {
      await workers.kill();
      resolve('nothing');
    };
  });
  // The command line ends with 1 then.
  const said = followed.catch((error): Said => {
    console.log(String(error));
    return 'failed';
  });
  return { ended: Promise.race([killed, said]), kill };
}
