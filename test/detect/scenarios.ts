import { REFUSED } from '../../src/sandbox/admission.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import { drawWorkload } from '../rollouts/draw.ts';
import { type Fault, faults } from '../rollouts/faults.ts';
import type { Manifest } from '../rollouts/rollout.ts';
import { configMap, type Kind, plainWorkload as plain, type Workload } from '../rollouts/workloads.ts';
import { createRandom } from '../support/random.ts';

/** One deploy to one of two clusters, and how its guard has to end. */
export interface Scenario {
  readonly name: string;
  readonly before: readonly Workload[];
  readonly after: readonly Workload[];
  /** Applied a second after the workloads, and before "deployed". */
  readonly late?: readonly Manifest[];
  readonly request?: Partial<GuardRequest>;
  readonly ends: 'kept' | RegExp;
  /** Not for every commit: it waits for a minute or two, or is much like another. */
  readonly isExtra: boolean;
}

/** Its containers wait for what is not there. */
const reading = {
  'a Secret that is not there': { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'token' } } },
  'a key that its ConfigMap lacks': {
    name: 'MODE',
    valueFrom: { configMapKeyRef: { name: 'kube-root-ca.crt', key: 'mode' } },
  },
} as const;

function version(tag: string, more: Partial<Workload> = {}): Workload {
  return { ...plain, tags: [tag], ...more };
}

function kept(name: string, parts: Partial<Scenario>): Scenario {
  return { name, before: [plain], after: [version('v2')], isExtra: false, ...parts, ends: 'kept' };
}

/** A deadline that is over soon finds what nothing else finds. */
const soon = { deadline: '8s', bake: '5s' } as const;
/** Seconds of waiting that a test of every commit can afford. */
const affordable = 45;

/** What is found late needs a long bake; Deployments' own deadlines run as fast as the sandbox, the rules' times do not. */
function endOf({ within, reason }: Fault): Required<Pick<Scenario, 'request' | 'ends'>> {
  if (typeof within !== 'number') return { request: soon, ends: /not healthy/ };
  const isSlow = within > 120;
  const ends = isSlow ? new RegExp(`${reason.source}|ProgressDeadlineExceeded`) : reason;
  return { request: { bake: isSlow ? '100s' : '30s' }, ends };
}

/** Every fault of the rollouts, once for each kind that can have it. */
const spoiled: readonly Scenario[] = faults.flatMap((fault) =>
  fault.kinds.map((kind: Kind, index): Scenario => {
    const first = {
      ...drawWorkload(createRandom(index), 'web', kind),
      replicas: 2,
      tags: ['v1'],
      inits: [],
      sidecars: [],
    };
    const { name, within, spoil } = fault;
    return {
      name: `${name} in a ${kind}`,
      before: kind === 'Job' ? [plain] : [first],
      after: [spoil({ ...first, name: kind === 'Job' ? 'job' : 'web', tags: ['v2'] }, createRandom(index))],
      ...endOf(fault),
      isExtra: index > 0 || (typeof within === 'number' && within > affordable && !/crash/.test(name)),
    };
  }),
);

export const scenarios: readonly Scenario[] = [
  ...spoiled,
  kept('a slow start that succeeds just before its deadline', {
    after: [version('v2-slow-40s')],
    request: { deadline: '24s' },
  }),
  kept('restarts within limits', { after: [version('v2-crash-2x')] }),
  kept('an init container that fails twice', { after: [version('v2', { inits: ['v2-crash-2x'] })] }),
  kept('a registry that answers at the third try', { after: [version('v2-timeout-2x')] }),
  kept('a Job that retries once', {
    after: [version('v2-crash-1x', { kind: 'Job', name: 'job', podSpec: { restartPolicy: 'OnFailure' } })],
  }),
  kept('a ConfigMap that comes after the Deployment that reads it', {
    after: [version('v2', { reads: ['late'] })],
    late: [configMap('late', { mode: 'bold' })],
  }),
  kept('a workload that is scaled to zero', { after: [version('v2', { replicas: 0 })] }),
  kept('a single replica of which a quarter may be unavailable', {
    before: [version('v1', { replicas: 1 })],
    after: [version('v2', { replicas: 1 })],
  }),
  kept('no progress deadline', { after: [version('v2', { spec: { progressDeadlineSeconds: 2 ** 31 - 1 } })] }),
  kept('pods that are available only after some seconds', {
    after: [version('v2', { spec: { minReadySeconds: 10 } })],
  }),
  kept('a workload that was broken before and is not touched', {
    before: [plain, version('v1-missing', { name: 'legacy' })],
    after: [version('v2')],
  }),
  ...Object.entries(reading).map(
    ([name, variable]): Scenario => ({
      name,
      before: [plain],
      after: [version('v2', { env: [variable] })],
      request: { bake: '30s' },
      ends: /CreateContainerConfigError/,
      isExtra: false,
    }),
  ),
  {
    name: 'a DaemonSet that fails on one of its three nodes',
    before: [version('v1', { kind: 'DaemonSet' })],
    after: [version('v2-crash-on-node-2', { kind: 'DaemonSet' })],
    request: { bake: '30s' },
    ends: /CrashLoopBackOff|Error|Restarting/,
    isExtra: false,
  },
  {
    name: 'a quota that its own old pods fill',
    before: [plain],
    after: [version('v2', { annotations: { [REFUSED]: 'exceeded quota: pods, requested: pods=1, used: pods=2' } })],
    ends: /exceeded quota/,
    isExtra: true,
  },
  {
    name: 'a rollout that is paused half-way',
    before: [plain],
    after: [version('v2', { spec: { paused: true } })],
    request: soon,
    ends: /not healthy within/,
    isExtra: false,
  },
];
