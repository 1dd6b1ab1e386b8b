import { afterEach } from 'vitest';
import type { ClusterConnection } from '../../../../src/adapters/kubernetes/connection.ts';
import {
  createKubernetesCluster,
  type KubernetesClusterOptions,
} from '../../../../src/adapters/kubernetes/kubernetes-cluster.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { isPortError, type PortError } from '../../../../src/ports/port-error.ts';
import type { KubeObject } from '../../../../src/schema/json.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test that is running, in reverse order. */
export function cleanUp(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

export interface Rig {
  readonly server: ScriptedServer;
  readonly cluster: Cluster & { close(): Promise<void> };
  /** How long the client chose to pause, in order; it never really does. */
  readonly pauses: readonly number[];
}

export async function startRig(options: Partial<KubernetesClusterOptions> = {}): Promise<Rig> {
  const server = await startScriptedServer();
  cleanUp(() => server.close());
  const pauses: number[] = [];
  const pause = async (milliseconds: number) => void pauses.push(milliseconds);
  const cluster = clusterAt(server.url, { pause, ...options });
  return { server, cluster, pauses };
}

export function clusterAt(server: string, options: Partial<KubernetesClusterOptions> = {}): Rig['cluster'] {
  const cluster = createKubernetesCluster({ name: 'test', connection: connectionTo(server), ...options });
  cleanUp(() => cluster.close());
  return cluster;
}

function connectionTo(server: string): ClusterConnection {
  return { server, credentials: async () => ({ headers: { authorization: 'Bearer token-1' } }) };
}

/** The `PortError` that a promise must fail with. */
export async function failureOf(work: Promise<unknown>): Promise<PortError> {
  try {
    await work;
  } catch (error) {
    if (isPortError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

export const FENCE = { uid: 'u-1', resourceVersion: '7' };
export const WRITE = { mode: 'write', fieldManager: 'belay:op-1' } as const;
export const PROVE = { mode: 'prove', fieldManager: 'belay:op-1' } as const;

export const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' };
export const CONFIG_MAP_PATH = '/api/v1/namespaces/shop/configmaps/web';

export function configMap(metadata: Record<string, string> = {}): KubeObject {
  const { apiVersion, kind, namespace, name } = CONFIG_MAP;
  return { apiVersion, kind, metadata: { name, namespace, ...metadata }, data: { color: 'green' } };
}
