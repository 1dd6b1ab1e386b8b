import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { type BelayClient, connect } from '../../../src/client/index.ts';
import type { GuardRequest } from '../../../src/schema/guard-spec.ts';
import { bundleWorkflows } from '../../support/bundle.ts';
import { type TestTemporal, uniqueName } from '../../support/temporal.ts';

/** Workers on Belay's three queues that run the fake guard, and a client of theirs. */
export interface FakeBelay {
  readonly belay: BelayClient;
  withWorkers<T>(use: () => Promise<T>): Promise<T>;
}

export function useFakeBelay(temporal: TestTemporal): FakeBelay {
  let folder = '';
  let codePath = '';
  let belay: BelayClient | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belay-fake-'));
    const source = fileURLToPath(new URL('fake-guard.ts', import.meta.url));
    codePath = await bundleWorkflows(source, join(folder, 'bundle.js'));
    belay = await connect({ namespace: temporal.namespace, connection: { address: temporal.address } });
  });

  afterAll(async () => {
    await belay?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const nothing = { activities: { nothing: async () => undefined } };
  return {
    get belay() {
      if (belay === undefined) throw new Error('useFakeBelay() is ready from beforeAll on');
      return belay;
    },
    withWorkers: (use) =>
      temporal.withWorker({ workflowBundle: { codePath } }, () =>
        temporal.withWorker({ taskQueue: 'belay-work', ...nothing, workflowBundle: { codePath } }, () =>
          temporal.withWorker({ taskQueue: 'belay-watch', ...nothing, workflowBundle: { codePath } }, use),
        ),
      ),
  };
}

/** An application of its own for each test. */
export function aRequest(fields: Partial<GuardRequest> = {}): GuardRequest {
  return {
    application: uniqueName('shop'),
    environment: 'test',
    guardId: uniqueName('guard'),
    targets: [{ cluster: 'eu', namespace: 'shop', scope: { selector: 'app=shop' } }],
    ...fields,
  };
}
