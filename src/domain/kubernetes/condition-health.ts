import type { KubeObject } from '../../schema/json.ts';
import { type Condition, conditionOf, conditionsOf, isAbout, tell } from './conditions.ts';
import { current, failed, notAssessed, type ObjectHealth, progressing } from './health.ts';

export const unseen = progressing('its controller has not seen the latest change');

/** Current when the condition is True; everything else takes time, since no status of it is a failure by itself. */
export function byCondition(object: KubeObject, type: string): ObjectHealth {
  const condition = conditionOf(object, type);
  return condition === undefined ? progressing(`${type} is not reported yet`) : byStatus(object, condition);
}

function byStatus(object: KubeObject, condition: Condition): ObjectHealth {
  if (!isAbout(condition, object)) return unseen;
  return condition.status === 'True' ? current : progressing(tell(condition));
}

/** For kinds that Belay knows nothing about: the conditions that Kubernetes' API conventions name. */
export function byConventions(object: KubeObject): ObjectHealth {
  const stalled = telling(object, 'Stalled');
  if (stalled !== undefined) return failed(tell(stalled));
  const reconciling = telling(object, 'Reconciling');
  if (reconciling !== undefined) return progressing(tell(reconciling));
  const main = conditionOf(object, 'Ready') ?? conditionOf(object, 'Available');
  return main === undefined ? notAssessed(silence(object)) : byStatus(object, main);
}

function telling(object: KubeObject, type: string): Condition | undefined {
  const condition = conditionOf(object, type);
  return condition?.status === 'True' && isAbout(condition, object) ? condition : undefined;
}

function silence(object: KubeObject): string {
  return conditionsOf(object).length === 0 ? 'reports no conditions' : 'reports no condition named Ready or Available';
}
