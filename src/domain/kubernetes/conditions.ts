import type { Json, KubeObject } from '../../schema/json.ts';
import { generationOf, integerText } from './identity.ts';
import { asList, asText, at } from './json.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly since: string | undefined;
  /** The generation it speaks of, where its controller says so. */
  readonly generation: string | undefined;
}

export function conditionsOf(object: KubeObject): readonly Condition[] {
  return asList(at(object, 'status', 'conditions')).map(toCondition);
}

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

export function isTrue(object: KubeObject, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

/** Many controllers write the generation only into each condition, not beside them. */
export function isAbout(condition: Condition, object: KubeObject): boolean {
  const generation = generationOf(object);
  return condition.generation === undefined || generation === undefined || condition.generation === generation;
}

/** Reason and message in one line for people; the type where there is neither. */
export function tell(condition: Condition): string {
  return [condition.reason, condition.message].filter((text) => text !== '').join(': ') || condition.type;
}

function toCondition(value: Json): Condition {
  const text = (key: string) => asText(at(value, key)) ?? '';
  return {
    type: text('type'),
    status: text('status'),
    reason: text('reason'),
    message: text('message'),
    since: asText(at(value, 'lastTransitionTime')),
    generation: integerText(at(value, 'observedGeneration')),
  };
}
