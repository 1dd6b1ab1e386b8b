import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BelayClient, connect } from '../../src/client/index.ts';
import { clusterNames } from '../support/engine.ts';
import type { Ground } from './ground.ts';
import { TemporalServer } from './temporal-server.ts';
import { WorkerProcess } from './worker-process.ts';

/** A world of its own: clusters, a Temporal server, a store in a folder, and a worker that is a process. */
export class Lane {
  readonly ground: Ground;
  readonly temporal: TemporalServer;
  readonly belay: BelayClient;
  readonly folder: string;
  readonly #workers: WorkerProcess[] = [];

  private constructor(parts: Pick<Lane, 'ground' | 'temporal' | 'belay' | 'folder'>) {
    this.ground = parts.ground;
    this.temporal = parts.temporal;
    this.belay = parts.belay;
    this.folder = parts.folder;
  }

  static async open(ground: Ground, cli: string): Promise<Lane> {
    const folder = await mkdtemp(join(tmpdir(), 'belay-lane-'));
    const temporal = await TemporalServer.start(cli, folder);
    await writeFile(join(folder, 'kubeconfig.yaml'), ground.kubeconfig, { mode: 0o600 });
    const entries = clusterNames.map((name) => `  ${name}: { kubeconfig: kubeconfig.yaml, context: ${name} }\n`);
    await writeFile(join(folder, 'belay.yaml'), `store: file:store\nclusters:\n${entries.join('')}`);
    const { address } = temporal;
    const belay = await connect({ namespace: 'default', connection: { address } });
    const lane = new Lane({ ground, temporal, belay, folder });
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
    const worker = new WorkerProcess(this.folder, { TEMPORAL_ADDRESS: this.temporal.address });
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
    await this.temporal.stop();
    await this.ground.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
