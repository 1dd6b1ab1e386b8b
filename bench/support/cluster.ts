import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonObject, startSandbox } from '../../src/sandbox/index.ts';
import { type RunningLab, startLab } from '../../test/lab/lab.ts';

export type ClusterKind = 'sandbox' | 'lab';

/** One cluster to measure on. */
export interface BenchCluster {
  /** Context `bench` in it is a user who may do anything. */
  readonly kubeconfig: string;
  /** A folder for the time of the benchmark. */
  readonly folder: string;
  /** As somebody else than the engine; throws what the server says against it. */
  send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: JsonObject): Promise<JsonObject>;
  stop(): Promise<void>;
}

export const clusterName = 'bench';

/** A pod whose image is tagged `slow` does not get ready by itself: what becomes of it is the benchmark's to say. */
const slowDelay = 86_400_000;

/** `sandbox` shares this process and its one thread; `lab` is a real API server with etcd, in processes of their own. */
export async function startBenchCluster(kind: ClusterKind): Promise<BenchCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-bench-'));
  const started = kind === 'lab' ? await onLab() : await onSandbox();
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  await writeFile(kubeconfig, started.kubeconfigText, { mode: 0o600 });
  return {
    kubeconfig,
    folder,
    send: async (method, path, body) => {
      const answer = await started.request(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
      return answer.body;
    },
    stop: async () => {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Started {
  readonly kubeconfigText: string;
  request(
    method: string,
    path: string,
    body?: JsonObject,
  ): Promise<{ readonly status: number; readonly body: JsonObject }>;
  stop(): Promise<void>;
}

async function onSandbox(): Promise<Started> {
  const sandbox = await startSandbox({ clusters: [clusterName], speed: 5, slowDelay });
  return {
    kubeconfigText: sandbox.kubeconfig('engine'),
    request: (method, path, body) => sandbox.cluster(clusterName).request(method, path, body),
    stop: () => sandbox.stop(),
  };
}

async function onLab(): Promise<Started> {
  const lab = await startBenchLab();
  const admin = lab.cluster(clusterName).as('admin');
  return { kubeconfigText: lab.kubeconfig('engine'), request: admin.request, stop: lab.stop };
}

/** One real cluster, in which the user `engine` may do anything. */
export async function startBenchLab(): Promise<RunningLab> {
  const lab = await startLab({ clusters: [clusterName], slowDelay });
  const group = 'rbac.authorization.k8s.io';
  await lab
    .cluster(clusterName)
    .as('admin')
    .create({
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'bench' },
      subjects: [{ kind: 'User', apiGroup: group, name: 'engine' }],
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    });
  return lab;
}
