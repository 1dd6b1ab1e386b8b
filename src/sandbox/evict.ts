import { type JsonObject, numberAt, objectAt, objectsAt, put, textAt } from './json.ts';
import { tableOf } from './kinds.ts';
import { isTerminating, labelsOf, nameOf } from './meta.ts';
import { type Doomed, type RemoveOptions, removeObject } from './remove.ts';
import { labelSelectorMatches } from './selectors.ts';
import type { ClusterState } from './state.ts';
import { ApiError } from './status-errors.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

/** Lets a pod go if its disruption budget allows one more; takes it off the budget at once. */
export function evict(state: ClusterState, doomed: Doomed, options: RemoveOptions): void {
  // Answers 404 and 409 as the delete itself would.
  removeObject(state, doomed, { ...options, dryRun: 'all' });
  const pod = state.store.get(tableOf(doomed.kind), doomed.namespace, doomed.name) ?? {};
  const budget = isTerminating(pod) || isFree(pod) ? undefined : budgetOf(state, doomed.namespace, pod);
  if (budget !== undefined) spend(state, budget, pod, options);
  removeObject(state, doomed, options);
}

/** Nothing is lost with a pod that does not run yet, or no more. */
function isFree(pod: JsonObject): boolean {
  return ['Pending', 'Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? 'Pending');
}

function budgetOf(state: ClusterState, namespace: string, pod: JsonObject): JsonObject | undefined {
  const [budget, another] = state.store
    .list(BUDGETS, namespace)
    .filter((candidate) => labelSelectorMatches(objectAt(candidate, 'spec', 'selector'), labelsOf(pod)));
  if (another !== undefined) throw new ApiError(500, '', moreThanOne);
  return budget;
}

const moreThanOne = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

/** What is not ready is protected only while the budget has not what it wants (`IfHealthyBudget`). */
function spend(state: ClusterState, budget: JsonObject, pod: JsonObject, { dryRun }: RemoveOptions): void {
  const count = (name: string) => numberAt(budget, 'status', name) ?? 0;
  const desired = count('desiredHealthy');
  if (!isReady(pod) && desired > 0 && count('currentHealthy') >= desired) return;
  const allowed = count('disruptionsAllowed');
  if (allowed <= 0) throw refusal(nameOf(budget), desired, count('currentHealthy'));
  if (dryRun === 'all') return;
  const draft = structuredClone(budget);
  put(draft, ['status', 'disruptionsAllowed'], allowed - 1);
  state.store.write(BUDGETS, draft);
}

function isReady(pod: JsonObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
}

function refusal(name: string, desired: number, healthy: number): ApiError {
  const message = `The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`;
  return new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
  });
}
