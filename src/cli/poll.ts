import type { BelayConfig } from '../config.ts';
import type { RunWorkerOptions } from '../worker.ts';

/** Runs a worker in this process. The SDK's native part takes a moment to load, and only the commands that poll need it. */
export async function poll(config: BelayConfig, options: RunWorkerOptions): Promise<void> {
  const [{ runWorker }, { installWorkerLogger }] = await Promise.all([
    import('../worker.ts'),
    import('../worker-logger.ts'),
  ]);
  installWorkerLogger();
  await runWorker(config, options);
}
