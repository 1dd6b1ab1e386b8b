import { readersOf, strandedBy } from '../src/domain/kubernetes/heal.ts';
import { refKey } from '../src/domain/kubernetes/identity.ts';
import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import { fieldUnder } from '../src/domain/plan/change.ts';
import { configures } from '../src/domain/plan/configuration.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { ResolvedRequest, ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { PlanItem } from '../src/schema/stored.ts';
import { collectChildren } from './collect.ts';
import { via } from './failures.ts';
import { restartPodsOf } from './heal.ts';

/** Verbs it takes to do a step, and to undo it. */
function verbsFor({ verdict, pivot }: PlanItem): readonly string[] {
  switch (verdict) {
    case 'update':
      return ['update', 'patch'];
    case 'create':
    case 'recreate':
      return ['create', 'patch', 'delete'];
    case 'prune':
      return pivot === 'before' ? ['delete', 'create', 'update', 'patch'] : ['delete'];
    default:
      return [];
  }
}

interface Need {
  readonly verb: string;
  readonly ref: ObjectRef;
  readonly subresource?: string;
  /** For people, why it takes this right. */
  readonly why?: string;
}

function needsOf(item: PlanItem, healing: HealingNeeds): readonly Need[] {
  return [...verbsFor(item).map((verb) => ({ verb, ref: item.ref })), ...healing(item)];
}

/**
 * Asks the API server for every right the plan needs, the undo's included, before anything is written: a write that is
 * forbidden half-way is found here. What is not allowed is refused, naming verb and kind. `plurals`: of kinds, by
 * `groupKind`, that are served only when the plan is carried out.
 */
export async function refusedRights(
  cluster: Cluster,
  items: readonly PlanItem[],
  { plurals, healing }: RightsQuestion,
): Promise<readonly PlanItem[]> {
  const questions = new Map(
    items.flatMap((item) => needsOf(item, healing).map((need) => [keyOf(need), need] as const)),
  );
  const answers = await Promise.all(
    [...questions].map(
      async ([key, need]) => [key, await whyNot(cluster, need, plurals.get(groupKind(need.ref)))] as const,
    ),
  );
  const known = new Map(answers);
  return items.map((item) => {
    const [reason] = needsOf(item, healing).flatMap((need) => known.get(keyOf(need)) ?? []);
    return reason === undefined ? item : { ...item, verdict: 'refuse', reason };
  });
}

interface RightsQuestion {
  /** Plurals by `groupKind` of kinds that are served only when the plan is carried out. */
  readonly plurals: ReadonlyMap<string, string>;
  readonly healing: HealingNeeds;
}

async function whyNot(cluster: Cluster, need: Need, resource: string | undefined): Promise<string | null> {
  const { verb, ref, subresource } = need;
  try {
    return (await cluster.mayI(verb, ref, { resource, subresource })) ? null : describe(need);
  } catch (error) {
    if (isPortError(error) && error.kind === 'notFound') return `${ref.apiVersion} ${ref.kind} is not served any more`;
    return await via('cluster', () => Promise.reject(error));
  }
}

function describe({ verb, ref, subresource, why }: Need): string {
  const what = `no right to ${verb} ${subresource ? `pods/${subresource}` : ref.kind}`;
  return why ? `${what}: ${why}` : what;
}

function keyOf({ verb, ref, subresource }: Need): string {
  return [verb, ref.apiVersion, ref.kind, ref.namespace ?? '', subresource ?? ''].join(' ');
}

/** Rights that an item needs beyond its own write, for pods that have to be made anew after it. */
export type HealingNeeds = (item: PlanItem) => readonly Need[];

interface HealingQuestion {
  readonly target: ResolvedTarget;
  readonly request: ResolvedRequest;
  /** When the baseline was read. */
  readonly since: string;
  /** Content of the baseline, by `refKey`. */
  readonly baselines: ReadonlyMap<string, KubeObject | null>;
}

/** Looks at the pods that are there now, where the plan restores configuration; a right that nobody needs is not asked for. */
export async function healingNeeds(
  cluster: Cluster,
  items: readonly PlanItem[],
  { target, request, since, baselines }: HealingQuestion,
): Promise<HealingNeeds> {
  const changed = restartPodsOf(request) === 'never' ? [] : items.filter(configures);
  const pods = changed.length > 0 ? await collectChildren(cluster, target.namespace) : [];
  const read = new Set(changed.filter(({ ref }) => readersOf(pods, [ref], since).length > 0));
  const pod: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace: target.namespace, name: '' };
  const evict = { verb: 'create', ref: pod, subresource: 'eviction' };
  const remove = { verb: 'delete', ref: pod };
  const needed = {
    none: [],
    broken: [{ ...remove, why: stuck }],
    all: [remove, evict].map((need) => ({ ...need, why: stuck })),
  };
  return (item) =>
    read.has(item)
      ? [{ ...evict, why: 'pods run with its failed content; `recover.restartPods: never` leaves them' }]
      : needed[strandedWith(item, baselines.get(refKey(item.ref)))];
}

const stuck = 'pods that are stuck on the failed revision could not be replaced';

/** What pods of the failed revision the restored workload would wait for in vain. */
function strandedWith({ verdict, fields }: PlanItem, to: KubeObject | null | undefined): ReturnType<typeof strandedBy> {
  const isRolledBack =
    (verdict === 'update' || verdict === 'recreate') && fieldUnder(fields, ['/spec/template']) !== undefined;
  return to && isRolledBack ? strandedBy(to) : 'none';
}
