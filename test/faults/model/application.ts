import type { Scenario } from '../trial.ts';
import { createModelCluster, type ModelCluster } from './clusters.ts';

/** How an object of the model application fares, and the stages that put it back. */
export interface ModelObject {
  readonly name: string;
  readonly stage: string;
  readonly order: number;
  readonly baseline: string | null;
  readonly failed: string | null;
  /** Applied by the deploy tool, whose field ownership has to be put back too. */
  readonly isApplied?: true;
  /** Its change can only be put back by making it anew, behind the pivot. */
  readonly isMadeAnew?: true;
}

/** One of each: changed and applied, deleted, created, to be made anew, untouched; in two stages before the pivot. */
export const application: readonly ModelObject[] = [
  { name: 'settings', stage: 'configuration', order: 4000, baseline: 'v1', failed: 'v2', isApplied: true },
  { name: 'token', stage: 'configuration', order: 4000, baseline: 'v1', failed: null },
  { name: 'banner', stage: 'configuration', order: 4000, baseline: 'v1', failed: 'v1' },
  { name: 'web', stage: 'workloads', order: 6000, baseline: 'v1', failed: 'v2' },
  { name: 'canary', stage: 'prune', order: 21_000, baseline: null, failed: 'v2' },
  { name: 'edge', stage: 'recreate', order: 23_000, baseline: 'v1', failed: 'v2', isMadeAnew: true },
];

/** Was there before the deploy, outside of the application; the failed deploy took it over in one scenario. */
export const census: readonly string[] = ['settings', 'token', 'banner', 'web', 'edge', 'veteran'];

/** Never in any plan: a write to one of these is a write too many. */
const bystanders: readonly string[] = ['lease', 'neighbour'];

export const targets = ['eu', 'us'] as const;

/** A cluster with the baseline in it. */
export function installApplication(): ModelCluster {
  const cluster = createModelCluster();
  for (const { name, baseline, isApplied } of application)
    if (baseline !== null) cluster.create(name, baseline, 'admin', isApplied ? `apply ${baseline}` : '');
  for (const name of bystanders) cluster.create(name, 'v1', 'admin');
  return cluster;
}

/** What the deploy did before it failed. */
export function deploy(cluster: ModelCluster, scenario: Scenario): void {
  for (const one of application) change(cluster, one);
  if (scenario === 'adopted') cluster.create('veteran', 'v2', 'deployer');
}

function change(cluster: ModelCluster, { name, baseline, failed, isApplied }: ModelObject): void {
  if (baseline === failed) return;
  if (failed === null) {
    cluster.remove(name, 'any');
    return;
  }
  if (baseline === null) cluster.create(name, failed, 'deployer');
  else cluster.replace(name, failed, 'any', 'deployer');
  if (isApplied) cluster.own(name, `apply ${failed}`, 'any');
}

/** A write that this server turns away for good: dry runs do not show it. */
export function isTurnedAway(scenario: Scenario, target: string, name: string, content: string): boolean {
  return scenario === 'compensate' && target === 'us' && name === 'web' && content === 'v1';
}
