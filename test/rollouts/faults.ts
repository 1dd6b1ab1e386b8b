import { REFUSED } from '../../src/sandbox/admission.ts';
import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Random } from '../support/random.ts';
import type { Kind, Workload } from './workloads.ts';

/** One way in which a new version is bad. */
export interface Fault {
  /** Also what its counts are told by. */
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly reason: RegExp;
  /** Seconds from the deploy's `deployed` until it has to be found; `deadline`: only that finds it, or the one after it was well first. */
  readonly within: number | 'deadline' | 'second deadline';
  spoil(workload: Workload, random: Random): Workload;
}

const rolling: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
const all: readonly Kind[] = [...rolling, 'Job'];

/** The first of the main containers gets this image. */
function image(tag: string): Fault['spoil'] {
  return (workload) => ({ ...workload, tags: [`v2-${tag}`, ...workload.tags.slice(1)] });
}

/** Any main container, a sidecar or an init container does. */
function anyImage(tag: string): Fault['spoil'] {
  return (workload, random) => {
    const place = random.pick(['tags', 'sidecars', 'inits'] as const);
    const { [place]: tags } = workload;
    const at = random.below(Math.max(1, tags.length));
    const spoiled = tags.length === 0 ? [] : tags.with(at, `v2-${tag}`);
    return tags.length === 0 ? image(tag)(workload, random) : { ...workload, [place]: spoiled };
  };
}

function pods(podSpec: JsonObject): Fault['spoil'] {
  return (workload) => ({ ...workload, podSpec: { ...workload.podSpec, ...podSpec } });
}

const nowhere = { nodeSelector: { 'kubernetes.io/hostname': 'nowhere' } };
const unmounted = { volumes: [{ name: 'data', configMap: { name: 'nowhere' } }] };

const crash = { kinds: rolling, reason: /CrashLoopBackOff|Error|Restarting/ } as const;

export const faults: readonly Fault[] = [
  {
    name: 'an image that is not found',
    kinds: all,
    reason: /ErrImagePull|ImagePullBackOff/,
    within: 8,
    spoil: anyImage('missing'),
  },
  {
    name: 'an image that is denied',
    kinds: all,
    reason: /ErrImagePull|ImagePullBackOff/,
    within: 8,
    spoil: anyImage('denied'),
  },
  {
    name: 'an image whose name is invalid',
    kinds: all,
    reason: /InvalidImageName/,
    within: 8,
    spoil: anyImage('invalid-image'),
  },
  {
    name: 'a registry that never answers',
    kinds: all,
    reason: /ErrImagePull|ImagePullBackOff/,
    within: 75,
    spoil: anyImage('timeout'),
  },
  {
    name: 'a command that is not there',
    kinds: all,
    reason: /RunContainerError/,
    within: 8,
    spoil: anyImage('run-error'),
  },
  {
    name: 'a crash at start',
    ...crash,
    within: 45,
    spoil: anyImage('crash'),
  },
  {
    name: 'memory that runs out',
    kinds: rolling,
    reason: /CrashLoopBackOff|OOMKilled|Restarting/,
    within: 45,
    spoil: anyImage('oom'),
  },
  {
    name: 'a crash after 20 s',
    ...crash,
    within: 130,
    spoil: image('crash-after-20s'),
  },
  {
    name: 'a crash late in the bake',
    ...crash,
    within: 400,
    spoil: image('crash-after-90s'),
  },
  {
    name: 'a sidecar that crashes',
    ...crash,
    within: 45,
    spoil: (workload) => ({ ...workload, sidecars: ['v2-crash'] }),
  },
  {
    name: 'an init container that fails',
    ...crash,
    within: 45,
    spoil: (workload) => ({ ...workload, inits: ['v2', 'v2-crash'] }),
  },
  {
    name: 'a ConfigMap that is not there',
    kinds: all,
    reason: /CreateContainerConfigError/,
    within: 36,
    spoil: (workload) => ({ ...workload, reads: ['nowhere'] }),
  },
  { name: 'a volume that is not there', kinds: all, reason: /ContainerCreating/, within: 135, spoil: pods(unmounted) },
  { name: 'a node selector that fits no node', kinds: all, reason: /Unschedulable/, within: 70, spoil: pods(nowhere) },
  {
    name: 'pods that a policy refuses',
    kinds: ['Deployment'],
    reason: /FailedCreate/,
    within: 12,
    spoil: (workload) => ({ ...workload, annotations: { [REFUSED]: 'denied by policy' } }),
  },
  {
    name: 'pods refused without a word',
    kinds: ['StatefulSet', 'DaemonSet', 'Job'],
    reason: /MissingPods/,
    within: 75,
    spoil: (workload) => ({ ...workload, annotations: { [REFUSED]: 'denied by policy' } }),
  },
  { name: 'a Job that fails', kinds: ['Job'], reason: /Failed/, within: 20, spoil: image('crash') },
  {
    name: 'pods that never get ready',
    kinds: rolling,
    reason: /Progressing|Failed/,
    within: 'deadline',
    spoil: image('unready'),
  },
  {
    name: 'readiness that comes and goes',
    kinds: rolling,
    reason: /Progressing|^$/,
    within: 'second deadline',
    spoil: image('flap-10s'),
  },
];
