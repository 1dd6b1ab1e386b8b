import type { DenyRule, User } from './access.ts';
import { type RunningCluster, type SandboxCluster, startCluster } from './cluster.ts';
import { answerControl } from './control.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { Listener } from './listener.ts';

export type { DenyRule, User } from './access.ts';
export type { AuditEntry } from './audit.ts';
export type { SandboxCluster } from './cluster.ts';
export type { Fault, FaultHandle } from './faults.ts';
export { at, type Json, type JsonObject, numberAt, objectAt, objectsAt, textAt } from './json.ts';

export interface SandboxOptions {
  /** Names; each becomes an API server on a free loopback port. */
  readonly clusters: readonly string[];
  /** How much faster than real time the simulated controllers and kubelets run (default 1). */
  readonly speed?: number;
  /** Simulated ms from a pod's start until it is ready (default 100). */
  readonly readyDelay?: number;
  /** The same for images tagged `slow` (default 2000). */
  readonly slowDelay?: number;
  /** `off`: no workload controllers and no kubelet; garbage collection, namespaces and definitions work (default `on`). */
  readonly workloads?: 'on' | 'off';
  /** How many nodes, `node-1` and so on: DaemonSets run on each, all other pods on the first (default 1). */
  readonly nodes?: number;
  /** Milliseconds by which the clusters' clocks are ahead of the real one (default 0). */
  readonly ahead?: number;
  /** How many past events a watch can start from (default 5000). */
  readonly eventBuffer?: number;
  /** Gets one JSON line per finished request. */
  readonly auditFile?: string;
  /** Rights taken away from the start. */
  readonly deny?: readonly DenyRule[];
}

export interface Sandbox {
  readonly clusters: Readonly<Record<string, SandboxCluster>>;
  /** The cluster of that name; throws if there is none. */
  cluster(name: string): SandboxCluster;
  /** Serves `/sandbox/…` for all clusters even while one of them refuses connections. */
  readonly controlUrl: string;
  /** A kubeconfig text with one context per cluster (default user: admin). */
  kubeconfig(user?: User): string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts fake Kubernetes API servers on loopback. A stand-in for tests and demos, not Kubernetes. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clusters: Record<string, RunningCluster> = {};
  const control = new Listener();
  control.handler = (request, response) => {
    const exchange = { request, response, cluster: options.clusters[0] ?? '' };
    answerControl(clusters, exchange).catch(() => response.destroy());
  };
  for (const name of options.clusters) {
    clusters[name] = await startCluster(clusterOptions(name, options), (request, response, cluster) =>
      answerControl(clusters, { request, response, cluster }),
    );
  }
  await control.open();
  return describe(clusters, control);
}

function clusterOptions(name: string, options: SandboxOptions) {
  return {
    name,
    speed: options.speed ?? 1,
    readyDelay: options.readyDelay ?? 100,
    slowDelay: options.slowDelay ?? 2000,
    workloads: options.workloads ?? 'on',
    nodes: options.nodes ?? 1,
    eventBuffer: options.eventBuffer ?? 5000,
    ahead: options.ahead ?? 0,
    auditFile: options.auditFile,
    deny: options.deny ?? [],
  };
}

function describe(clusters: Record<string, RunningCluster>, control: Listener): Sandbox {
  const stop = async () => {
    await Promise.all([control.close(), ...Object.values(clusters).map((cluster) => cluster.close())]);
  };
  return {
    clusters,
    cluster: (name) => {
      const cluster = clusters[name];
      if (cluster === undefined) throw new Error(`no such sandbox cluster: ${name}`);
      return cluster;
    },
    controlUrl: control.url,
    kubeconfig: (user = 'admin') => kubeconfigText(Object.values(clusters), user),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
