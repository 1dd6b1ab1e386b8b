import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { temporal } from '@temporalio/proto';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, inject } from 'vitest';
import { searchAttributes } from '../../src/schema/search-attributes.ts';
import { WorkerLogger } from '../../src/worker-logger.ts';

export interface TestTemporal {
  readonly address: string;
  /** This test file's own: queues and workflow ids never meet those of another file. */
  readonly namespace: string;
  readonly client: Client;
  /** For workers. */
  readonly nativeConnection: NativeConnection;
  /** A worker on `belay` with the real workflows unless `options` say otherwise; not running yet. */
  createWorker(options?: TestWorkerOptions): Promise<Worker>;
  /** Runs such a worker until `use` has settled, then shuts it down. */
  withWorker<T>(options: TestWorkerOptions, use: () => Promise<T>): Promise<T>;
}

export type TestWorkerOptions = Partial<Omit<WorkerOptions, 'connection' | 'namespace'>>;

type History = ReturnType<typeof historyFromJSON>;

/** Call once at the top of a test file; the members are there from `beforeAll` on. */
export function useTemporal(): TestTemporal {
  let connection: Connection | undefined;
  let parts: Pick<TestTemporal, 'address' | 'namespace' | 'client' | 'nativeConnection'> | undefined;
  const ready = () => {
    if (parts === undefined) throw new Error('useTemporal() is ready from beforeAll on');
    return parts;
  };

  beforeAll(async () => {
    const address = inject('temporalAddress');
    quietRuntime();
    connection = await Connection.connect({ address });
    const namespace = await createNamespace(connection);
    const nativeConnection = await NativeConnection.connect({ address });
    parts = { address, namespace, client: new Client({ connection, namespace }), nativeConnection };
  });

  afterAll(async () => {
    await parts?.nativeConnection.close();
    await connection?.close();
  });

  const createWorker = (options: TestWorkerOptions = {}) => {
    const { nativeConnection, namespace } = ready();
    const isGiven = options.workflowBundle !== undefined || options.workflowsPath !== undefined;
    const workflows = isGiven ? {} : { workflowBundle: { codePath: workflowBundlePath() } };
    return Worker.create({ taskQueue: 'belay', ...workflows, ...options, connection: nativeConnection, namespace });
  };

  return {
    get address() {
      return ready().address;
    },
    get namespace() {
      return ready().namespace;
    },
    get client() {
      return ready().client;
    },
    get nativeConnection() {
      return ready().nativeConnection;
    },
    createWorker,
    withWorker: async (options, use) => (await createWorker(options)).runUntil(use),
  };
}

/** The bundle of `workflows/index.ts`, built once per run. */
export function workflowBundlePath(): string {
  return inject('workflowBundle');
}

/** Unique in a run and readable in a failure message. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** Keeps a run's history in the one form that replays (a plain `JSON.stringify` of it does not, sdk-typescript#1362). */
export async function saveHistory(handle: WorkflowHandle, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, historyToJSON(await handle.fetchHistory()));
}

export async function readHistory(file: string): Promise<History> {
  return historyFromJSON(JSON.parse(await readFile(file, 'utf8')));
}

/** With Belay's search attributes; retention is the shortest the server allows, nothing outlives the run anyway. */
async function createNamespace(connection: Connection): Promise<string> {
  const namespace = uniqueName('test');
  await connection.workflowService.registerNamespace({ ...day, namespace });
  await retry(() =>
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        Object.entries(searchAttributes).map(([name, type]) => [name, indexedTypes[type]]),
      ),
    }),
  );
  return namespace;
}

const day = temporal.api.workflowservice.v1.RegisterNamespaceRequest.fromObject({
  workflowExecutionRetentionPeriod: { seconds: 86_400 },
});

const { IndexedValueType } = temporal.api.enums.v1;
const indexedTypes = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

/** A new namespace is not known everywhere at once. */
async function retry<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Warnings only: a line per poller and shutdown would bury the failures. */
function quietRuntime(): void {
  Runtime.install({ logger: new WorkerLogger('WARN') });
}
