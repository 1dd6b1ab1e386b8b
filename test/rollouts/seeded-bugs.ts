import type { WorkloadsSeen } from '../../src/domain/kubernetes/workloads.ts';
import type { KubeObject } from '../../src/schema/json.ts';
import type { Means } from './play.ts';

/** Known ways to judge wrongly. The rollouts must notice each: by a false verdict, or by a fault found late or never. */
export const seededBugs = {
  'count old pods, too': 'pods of the former revision speak for the new one',
  'ignore the baseline': 'what was broken before counts',
  'ignore init containers': 'init containers and sidecars are not looked at',
  'ignore refusals': 'a ReplicaSet that says it cannot make pods is not heard',
  'trust the worker’s clock': 'the present is five minutes ahead of the cluster’s',
  'count restarts from zero': 'restarts before the deploy count',
  'count a first restart as the third': 'limits on restarts are not kept',
  'relative deadline': 'each change of the verdict puts the deadline off',
} as const;
export type SeededBug = keyof typeof seededBugs;

const inSeen: Readonly<Partial<Record<SeededBug, (seen: WorkloadsSeen) => WorkloadsSeen>>> = {
  'count old pods, too': (seen) => ({ ...seen, children: seen.children.map(adoptedByNewest(seen.children)) }),
  'ignore the baseline': (seen) => ({ ...seen, baseline: { objects: {}, restarts: {}, brokenPods: [] } }),
  'ignore init containers': withChildren((child) =>
    withStatus(child, ({ initContainerStatuses: _, ...status }) => status),
  ),
  'ignore refusals': withChildren((child) =>
    child.kind === 'ReplicaSet' ? withStatus(child, ({ conditions: _, ...status }) => status) : child,
  ),
  'trust the worker’s clock': (seen) => ({ ...seen, now: seen.now + 300_000 }),
  'count restarts from zero': (seen) => ({ ...seen, baseline: { ...seen.baseline, restarts: {} } }),
  'count a first restart as the third': withChildren((child) => withStatus(child, restartedMore)),
};

export function meansWith(bug: SeededBug): Means {
  const see = inSeen[bug];
  return see === undefined ? { deadlineFrom: (lastChange) => lastChange } : { see };
}

function withChildren(change: (child: KubeObject) => KubeObject): (seen: WorkloadsSeen) => WorkloadsSeen {
  return (seen) => ({ ...seen, children: seen.children.map(change) });
}

type Status = Record<string, unknown>;

function withStatus(object: KubeObject, change: (status: Status) => Status): KubeObject {
  return { ...object, status: change((object.status ?? {}) as Status) } as KubeObject;
}

/** Every pod of a Deployment's ReplicaSets is taken for one of the youngest. */
function adoptedByNewest(children: readonly KubeObject[]): (child: KubeObject) => KubeObject {
  const sets = children.filter(({ kind }) => kind === 'ReplicaSet');
  const ownerOf = (child: KubeObject) => (child.metadata.ownerReferences as { uid: string }[] | undefined)?.[0]?.uid;
  const revision = (set: KubeObject) =>
    Number((set.metadata.annotations as Record<string, string>)['deployment.kubernetes.io/revision']);
  return (child) => {
    const set = sets.find(({ metadata }) => metadata.uid === ownerOf(child));
    if (set === undefined) return child;
    const siblings = sets.filter((one) => ownerOf(one) === ownerOf(set)).sort((a, b) => revision(b) - revision(a));
    const [owner] = child.metadata.ownerReferences as object[];
    const ownerReferences = [{ ...owner, uid: siblings[0]?.metadata.uid ?? '' }];
    return { ...child, metadata: { ...child.metadata, ownerReferences } } as KubeObject;
  };
}

function restartedMore(status: Status): Status {
  const more = (container: Record<string, number>) => ({
    ...container,
    restartCount: (container.restartCount ?? 0) && (container.restartCount ?? 0) + 2,
  });
  const { containerStatuses } = status as { containerStatuses?: Record<string, number>[] };
  return containerStatuses === undefined ? status : { ...status, containerStatuses: containerStatuses.map(more) };
}
