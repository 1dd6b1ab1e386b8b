import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { findTemporalCli, startDevServer } from '../../src/adapters/temporal-cli.ts';
import type { Activities } from '../../src/schema/activities.ts';
import { searchAttributes } from '../../src/schema/search-attributes.ts';
import { createWorkers } from '../../src/worker.ts';
import { WorkerLogger } from '../../src/worker-logger.ts';
import { clusterName } from './cluster.ts';

export interface BenchTemporal {
  readonly address: string;
  readonly client: Client;
  /** Runs all of Belay's workers until `close`. */
  work(activities: Activities): Promise<void>;
  close(): Promise<void>;
}

/** As `npm run build` makes it. */
const bundle = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

/** A dev server, and the workers in this process. */
export async function startBenchTemporal(): Promise<BenchTemporal> {
  Runtime.install({ logger: new WorkerLogger('WARN') });
  const { path } = await findTemporalCli();
  const server = await startDevServer({ cli: path, searchAttributes });
  const { address, namespace } = server;
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const ending: (() => Promise<unknown>)[] = [];
  return {
    address,
    client: new Client({ connection, namespace }),
    work: async (activities) => {
      const settings = { [clusterName]: {} };
      const workers = await createWorkers({ connection: native, namespace }, activities, { settings, bundle });
      const running = workers.map((worker) => worker.run());
      ending.push(async () => {
        for (const worker of workers) worker.shutdown();
        await Promise.all(running);
      });
    },
    close: async () => {
      for (const end of ending) await end();
      await native.close();
      await connection.close();
      await server.stop();
    },
  };
}
