import type { JsonObject } from '../../src/sandbox/index.ts';
import { numberAt, objectAt, objectsAt } from '../../src/sandbox/json.ts';
import { createRandom, type Random } from '../support/random.ts';
import { drawApplication, drawWorkload } from './draw.ts';
import { applied, type Happening, type Rollout } from './rollout.ts';
import type { VirtualCluster } from './virtual-cluster.ts';
import { configMap, manifestOf, type Workload } from './workloads.ts';

const deadline = 900_000;
/** So long that pods move when the deadline is over. */
const longBake = 2 * deadline;

/** A rollout that goes through all that good ones go through: it has to be kept. */
export function drawGood(seed: number): Rollout {
  const random = createRandom(seed);
  const before = [...drawApplication(random).map((one) => withPast(random, one)), ...drawLegacy(random)];
  const changed = before
    .filter(({ name }) => name !== 'legacy' && random.chance(0.7))
    .map((one) => renewed(random, one));
  const job = random.chance(0.4) ? [drawMigration(random)] : [];
  const config = drawConfig(random, changed);
  const deployed = [...config.workloads, ...job].map((one) => applied(random.below(2000), manifestOf(one)));
  const deployedAt = Math.max(2000, config.at) + random.below(3000);
  const bake = seed % 8 === 7 ? longBake : 30_000 + random.below(60_000);
  return {
    name: `good ${seed}`,
    before: before.map(manifestOf),
    happenings: [...deployed, ...config.happenings, ...drawUnrest(random, deployedAt + Math.max(60_000, bake / 2))],
    deployedAt,
    deadline,
    bake,
    bad: null,
  };
}

/** One small workload and its good new version, for clusters in real time. */
export function drawGoodVersion(seed: number): { readonly before: Workload; readonly after: Workload } {
  const random = createRandom(seed);
  const before = { ...drawWorkload(random, 'web'), replicas: 1 + random.below(3) };
  return { before, after: { ...renewed(random, before), replicas: 1 + random.below(3) } };
}

/** Restarts that were there before the deploy are nobody's business. */
function withPast(random: Random, workload: Workload): Workload {
  return random.chance(0.2) ? { ...workload, tags: ['v1-crash-3x', ...workload.tags.slice(1)] } : workload;
}

/** Broken already, and not part of the deploy. */
function drawLegacy(random: Random): Workload[] {
  if (!random.chance(0.3)) return [];
  return [
    {
      ...drawWorkload(random, 'legacy', 'Deployment'),
      tags: [random.pick(['v1-missing', 'v1-crash', 'v1-config-error'])],
    },
  ];
}

/** Troubles that pass by themselves. */
const passing = ['crash-1x', 'crash-2x', 'oom-2x', 'timeout-2x'] as const;

function goodTag(random: Random): string {
  if (random.chance(0.4)) return 'v2';
  return random.chance(0.5) ? `v2-slow-${5 + random.below(35)}s` : `v2-${random.pick(passing)}`;
}

function renewed(random: Random, workload: Workload): Workload {
  const { tags, inits, sidecars } = workload;
  return {
    ...workload,
    replicas: random.chance(0.1) ? 0 : 1 + random.below(6),
    tags: [goodTag(random), ...tags.slice(1).map(() => 'v2')],
    inits: inits.map(() => goodTag(random)),
    sidecars: sidecars.map(() => 'v2'),
  };
}

/** Retries once, in its pod or not at all. */
function drawMigration(random: Random): Workload {
  const job = drawWorkload(random, 'migrate', 'Job');
  const tags = [random.pick(['v2', 'v2-slow-20s', 'v2-crash-1x'])];
  return { ...job, tags, podSpec: { restartPolicy: 'OnFailure' } };
}

interface Config {
  readonly workloads: readonly Workload[];
  readonly happenings: readonly Happening[];
  /** When the deploy has applied its last. */
  readonly at: number;
}

/** Configuration that comes after the workload that reads it: from the same deploy, or from an operator soon after. */
function drawConfig(random: Random, workloads: readonly Workload[]): Config {
  const [first, ...others] = workloads;
  if (first === undefined || first.replicas === 0 || random.chance(0.5)) return { workloads, happenings: [], at: 0 };
  const map = configMap('late', { mode: 'bold' });
  const isOperator = random.chance(0.3);
  const at = isOperator ? 3000 + random.below(8000) : random.below(25_000);
  const reading = { ...first, reads: ['late'] };
  return { workloads: [reading, ...others], happenings: [applied(at, map)], at: isOperator ? 0 : at };
}

/** Autoscalers, drained nodes, evictions and single restarts, up to the middle of the bake. */
function drawUnrest(random: Random, until: number): Happening[] {
  return Array.from({ length: random.below(6) }, () => {
    const [what, does] = random.pick(unrest);
    const nth = random.below(20);
    return { at: random.below(until), what, does: (cluster: VirtualCluster) => does(cluster, nth) };
  });
}

const unrest: readonly (readonly [what: string, does: (cluster: VirtualCluster, nth: number) => void])[] = [
  ['an autoscaler changes the replicas', scale],
  ['a node is drained', drain],
  ['a pod is evicted', evict],
  ['a container restarts once', restart],
];

function scale(cluster: VirtualCluster, nth: number): void {
  const isScaled = (one: JsonObject) =>
    objectAt(one, 'metadata').name !== 'legacy' && (numberAt(one, 'spec', 'replicas') ?? 0) > 0;
  const [name] = nthOf(cluster, 'deployments', nth, isScaled);
  cluster.change('deployments', name, (deployment) => {
    objectAt(deployment, 'spec').replicas = 1 + (nth % 7);
  });
}

function drain(cluster: VirtualCluster, nth: number): void {
  const [name] = nthPod(cluster, nth);
  cluster.report('pods', name, (pod) => {
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
    objectAt(pod, 'status').conditions = [...objectsAt(pod, 'status', 'conditions'), condition];
  });
  cluster.remove('pods', name);
}

function evict(cluster: VirtualCluster, nth: number): void {
  const [name] = nthPod(cluster, nth);
  cluster.report('pods', name, (pod) => {
    const terminated = { exitCode: 137, reason: 'Error' };
    const statuses = objectsAt(pod, 'status', 'containerStatuses');
    pod.status = {
      ...objectAt(pod, 'status'),
      phase: 'Failed',
      reason: 'Evicted',
      containerStatuses: statuses.map((status) => ({ ...status, ready: false, state: { terminated } })),
      conditions: objectsAt(pod, 'status', 'conditions').map((one) =>
        one.type === 'Ready' ? { ...one, status: 'False' } : one,
      ),
    };
  });
}

/** Of a pod that was not restarted lately: three times would be a crash loop. */
function restart(cluster: VirtualCluster, nth: number): void {
  const [name, found] = nthPod(cluster, nth);
  const counts = objectsAt(found, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0);
  if (counts.some((count) => count !== 0 && count !== 3)) return;
  cluster.report('pods', name, (pod) => {
    const statuses = objectsAt(pod, 'status', 'containerStatuses');
    const restarted = (status: JsonObject) => ({
      ...status,
      restartCount: (numberAt(status, 'restartCount') ?? 0) + 1,
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    objectAt(pod, 'status').containerStatuses = statuses.map(restarted);
  });
}

/** One that runs: a pod of a Job is not run again, and one that starts has a life of its own ahead. */
function nthPod(cluster: VirtualCluster, nth: number): readonly [name: string, pod: JsonObject] {
  const isServing = (pod: JsonObject) =>
    objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True') &&
    objectAt(pod, 'spec').restartPolicy === 'Always';
  return nthOf(cluster, 'pods', nth, isServing);
}

function nthOf(
  cluster: VirtualCluster,
  plural: string,
  nth: number,
  fits: (object: JsonObject) => boolean = () => true,
): readonly [name: string, object: JsonObject] {
  const all = (cluster.list(plural) as unknown as JsonObject[]).filter(fits);
  const object = all[nth % Math.max(1, all.length)] ?? {};
  return [String(objectAt(object, 'metadata').name ?? ''), object];
}
