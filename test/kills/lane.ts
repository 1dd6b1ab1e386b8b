import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { type BelayClient, connect } from '../../src/client/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { clusterNames } from '../support/engine.ts';
import { createNamespace } from '../support/temporal.ts';
import { WorkerProcess } from './worker-process.ts';

/** A world of its own: clusters, a Temporal namespace, a store in a folder, and a worker that is a process. */
export class Lane {
  readonly sandbox: Sandbox;
  readonly belay: BelayClient;
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #workers: WorkerProcess[] = [];

  private constructor(sandbox: Sandbox, belay: BelayClient, folder: string, env: Readonly<Record<string, string>>) {
    this.sandbox = sandbox;
    this.belay = belay;
    this.folder = folder;
    this.#env = env;
  }

  static async open(connection: Connection, address: string): Promise<Lane> {
    const namespace = await createNamespace(connection);
    const folder = await mkdtemp(join(tmpdir(), 'belay-lane-'));
    const sandbox = await startSandbox({ clusters: [...clusterNames], speed: 10 });
    await writeFile(join(folder, 'kubeconfig.yaml'), sandbox.kubeconfig('engine'), { mode: 0o600 });
    const entries = clusterNames.map((name) => `  ${name}: { kubeconfig: kubeconfig.yaml, context: ${name} }\n`);
    await writeFile(join(folder, 'belay.yaml'), `store: file:store\nclusters:\n${entries.join('')}`);
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const belay = await connect({ namespace, connection: { address } });
    const lane = new Lane(sandbox, belay, folder, env);
    await lane.startWorker().polling();
    return lane;
  }

  /** The one that was started last. */
  get worker(): WorkerProcess {
    const [worker] = this.#workers.slice(-1);
    if (!worker) throw new Error('no worker was started');
    return worker;
  }

  startWorker(): WorkerProcess {
    const worker = new WorkerProcess(this.folder, this.#env);
    this.#workers.push(worker);
    return worker;
  }

  /** Leaves the worker that was started last. */
  async tidy(): Promise<void> {
    await Promise.all(this.#workers.splice(0, this.#workers.length - 1).map((worker) => worker.kill()));
    await this.worker.polling();
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await this.belay.close();
    await this.sandbox.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
