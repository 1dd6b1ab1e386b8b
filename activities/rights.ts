import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { PlanItem } from '../src/schema/stored.ts';
import { via } from './failures.ts';

/** Verbs it takes to do a step, and to undo it. */
function verbsFor({ verdict, pivot }: PlanItem): readonly string[] {
  switch (verdict) {
    case 'update':
      return ['update', 'patch'];
    case 'create':
    case 'recreate':
      return ['create', 'patch', 'delete'];
    case 'prune':
      return pivot === 'before' ? ['delete', 'create', 'patch'] : ['delete'];
    default:
      return [];
  }
}

/**
 * Asks the API server for every right the plan needs, the undo's included, before anything is written: a write that is
 * forbidden half-way is found here. What is not allowed is refused, naming verb and kind. `plurals`: of kinds, by
 * `groupKind`, that are served only when the plan is carried out.
 */
export async function refusedRights(
  cluster: Cluster,
  items: readonly PlanItem[],
  plurals: ReadonlyMap<string, string>,
): Promise<readonly PlanItem[]> {
  const questions = new Map(
    items.flatMap((item) => verbsFor(item).map((verb) => [keyOf(verb, item.ref), { verb, ref: item.ref }] as const)),
  );
  const answers = await Promise.all(
    [...questions].map(
      async ([key, { verb, ref }]) => [key, await whyNot(cluster, verb, ref, plurals.get(groupKind(ref)))] as const,
    ),
  );
  const known = new Map(answers);
  return items.map((item) => {
    const [reason] = verbsFor(item).flatMap((verb) => known.get(keyOf(verb, item.ref)) ?? []);
    return reason === undefined ? item : { ...item, verdict: 'refuse', reason };
  });
}

async function whyNot(
  cluster: Cluster,
  verb: string,
  ref: ObjectRef,
  plural: string | undefined,
): Promise<string | null> {
  try {
    return (await cluster.mayI(verb, ref, plural)) ? null : `no right to ${verb} ${ref.kind}`;
  } catch (error) {
    if (isPortError(error) && error.kind === 'notFound') return `${ref.apiVersion} ${ref.kind} is not served any more`;
    return await via('cluster', () => Promise.reject(error));
  }
}

function keyOf(verb: string, ref: ObjectRef): string {
  return [verb, ref.apiVersion, ref.kind, ref.namespace ?? ''].join(' ');
}
