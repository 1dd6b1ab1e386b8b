import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Random } from '../support/random.ts';
import { type Kind, kinds, type Workload } from './workloads.ts';

/** An application of one to four workloads in their first version. */
export function drawApplication(random: Random): Workload[] {
  return Array.from({ length: 1 + random.below(4) }, (_, index) => drawWorkload(random, `w${index}`));
}

export function drawWorkload(random: Random, name: string, kind: Kind = drawKind(random)): Workload {
  return {
    kind,
    name,
    replicas: 1 + random.below(6),
    tags: Array.from({ length: 1 + random.below(2) }, () => 'v1'),
    sidecars: kind !== 'Job' && random.chance(0.3) ? ['v1'] : [],
    inits: random.chance(0.3) ? ['v1'] : [],
    reads: [],
    spec: drawSpec(random, kind),
    podSpec: {},
    annotations: {},
  };
}

/** Mostly Deployments; Jobs come with deploys, so they are not there before. */
function drawKind(random: Random): Kind {
  return random.chance(0.5) ? 'Deployment' : random.pick(kinds.filter((kind) => kind !== 'Job'));
}

function drawSpec(random: Random, kind: Kind): JsonObject {
  const minReadySeconds = random.chance(0.3) ? { minReadySeconds: random.below(10) } : {};
  switch (kind) {
    case 'Deployment':
      return { ...minReadySeconds, strategy: drawStrategy(random), ...drawDeadline(random) };
    case 'StatefulSet':
      return { podManagementPolicy: random.pick(['OrderedReady', 'Parallel']) };
    case 'DaemonSet':
      return {};
    case 'Job':
      return { backoffLimit: random.below(3), completions: 1 + random.below(2) };
  }
}

/** Integer traps included: percentages of one replica. */
function drawStrategy(random: Random): JsonObject {
  if (random.chance(0.15)) return { type: 'Recreate' };
  const [maxSurge, maxUnavailable] = random.pick([
    ['25%', '25%'],
    ['100%', '0%'],
    [1, 0],
    [0, 1],
    [2, '50%'],
  ]);
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } as JsonObject };
}

/** Without a limit Kubernetes never calls a rollout failed. */
function drawDeadline(random: Random): JsonObject {
  return random.chance(0.3) ? { progressDeadlineSeconds: 2 ** 31 - 1 } : {};
}
