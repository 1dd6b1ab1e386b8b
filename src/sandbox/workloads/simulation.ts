import type { ClusterState } from '../state.ts';
import type { Timers } from '../timers.ts';
import { startClaims } from './claims.ts';
import { startDaemonSets } from './daemon-set.ts';
import { startDefinitions } from './definitions.ts';
import { startDeployments } from './deployment.ts';
import { startDisruptionBudgets } from './disruption-budget.ts';
import { startGarbageCollection } from './garbage-collection.ts';
import { startJobs } from './job.ts';
import { Kubelet } from './kubelet.ts';
import type { Ground } from './loop.ts';
import { startNamespaces } from './namespaces.ts';
import { nodeNames } from './node.ts';
import { startReplicaSets } from './replica-set.ts';
import { startStatefulSets } from './stateful-set.ts';

export interface SimulationOptions {
  readonly readyDelay: number;
  readonly slowDelay: number;
  readonly backOff?: number;
  readonly workloads: 'on' | 'off';
  readonly nodes?: number;
}

const SETTLE_MS = 2;

/** Starts the controllers of one cluster. Those that belong to the API itself always run. */
export function startSimulation(state: ClusterState, timers: Timers, options: SimulationOptions): void {
  const ground: Ground = { state, timers, settle: SETTLE_MS, nodes: nodeNames(options.nodes ?? 1) };
  startDefinitions(ground);
  startNamespaces(ground);
  startGarbageCollection(ground);
  if (options.workloads === 'on') startWorkloads(ground, options);
}

function startWorkloads(ground: Ground, options: SimulationOptions): void {
  startDeployments(ground);
  startReplicaSets(ground);
  startStatefulSets(ground);
  startDaemonSets(ground);
  startJobs(ground);
  startClaims(ground);
  startDisruptionBudgets(ground);
  new Kubelet(ground, options).start();
}
