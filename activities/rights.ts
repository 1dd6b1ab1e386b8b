import type { Cluster } from '../src/ports/cluster.ts';
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
 * forbidden half-way is found here. What is not allowed is refused, naming verb and kind.
 */
export async function refusedRights(cluster: Cluster, items: readonly PlanItem[]): Promise<readonly PlanItem[]> {
  const questions = new Map(
    items.flatMap((item) => verbsFor(item).map((verb) => [keyOf(verb, item.ref), { verb, ref: item.ref }] as const)),
  );
  const answers = await Promise.all(
    [...questions].map(
      async ([key, { verb, ref }]) => [key, await via('cluster', () => cluster.mayI(verb, ref))] as const,
    ),
  );
  const allowed = new Map(answers);
  return items.map((item) => {
    const missing = verbsFor(item).find((verb) => allowed.get(keyOf(verb, item.ref)) === false);
    return missing ? { ...item, verdict: 'refuse', reason: `no right to ${missing} ${item.ref.kind}` } : item;
  });
}

function keyOf(verb: string, ref: ObjectRef): string {
  return [verb, ref.apiVersion, ref.kind, ref.namespace ?? ''].join(' ');
}
