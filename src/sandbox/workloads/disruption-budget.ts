import { at, type JsonObject, numberAt, objectAt, put } from '../json.ts';
import { isTerminating, labelsOf, namespaceOf } from '../meta.ts';
import { labelSelectorMatches } from '../selectors.ts';
import { Actor } from './actor.ts';
import { type Ground, keyOf, ownKey, splitKey, startLoop } from './loop.ts';
import { isActive, isReady, portionOf } from './owning.ts';

/** Counts in PodDisruptionBudgets what they protect; evictions are held against that. */
export function startDisruptionBudgets(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: {
      'policy/poddisruptionbudgets': ownKey,
      '/pods': (pod) => actor.list('poddisruptionbudgets', namespaceOf(pod)).map(keyOf),
    },
    reconcile: (key) => reconcile(actor, key),
  });
}

function reconcile(actor: Actor, key: string): void {
  const { namespace, name } = splitKey(key);
  const budget = actor.get('poddisruptionbudgets', namespace, name);
  if (budget === undefined || isTerminating(budget)) return;
  const selector = objectAt(budget, 'spec', 'selector');
  const pods = actor
    .list('pods', namespace)
    .filter((pod) => isActive(pod) && labelSelectorMatches(selector, labelsOf(pod)));
  const healthy = pods.filter(isReady).length;
  const desired = desiredHealthy(budget, pods.length);
  actor.report('poddisruptionbudgets', budget, (draft) => {
    put(draft, ['status', 'observedGeneration'], numberAt(draft, 'metadata', 'generation') ?? 1);
    put(draft, ['status', 'expectedPods'], pods.length);
    put(draft, ['status', 'currentHealthy'], healthy);
    put(draft, ['status', 'desiredHealthy'], desired);
    put(draft, ['status', 'disruptionsAllowed'], Math.max(0, healthy - desired));
  });
}

function desiredHealthy(budget: JsonObject, expected: number): number {
  const most = at(budget, 'spec', 'maxUnavailable');
  if (most !== undefined) return Math.max(0, expected - portionOf(most, expected, 'up'));
  return portionOf(at(budget, 'spec', 'minAvailable'), expected, 'up');
}
