import type { KubeObject } from '../../schema/json.ts';
import { asList, asText, at } from '../kubernetes/json.ts';
import { ownersOf } from '../kubernetes/ownership.ts';

/** What keeps an object that is going away, and whose it is: without that nobody could help. Empty when nothing does. */
export function heldBy(object: KubeObject): string {
  const finalizers = finalizersOf(object).map(({ name, manager }) => `${name} (${manager})`);
  return finalizers.length > 0 ? `, held by finalizer ${finalizers.join(', ')}` : '';
}

/** Of an object that holds data. */
export function describeGoing(object: KubeObject): string {
  return `it is going away, and its contents with it${heldBy(object)}`;
}

export interface Finalizer {
  readonly name: string;
  /** Who put it there. */
  readonly manager: string;
}

export function finalizersOf(object: KubeObject): readonly Finalizer[] {
  return asList(at(object, 'metadata', 'finalizers')).flatMap((value, index) => {
    const name = asText(value);
    if (name === undefined) return [];
    const manager = ownersOf(object, `/metadata/finalizers/${index}`)[0]?.manager ?? 'an unknown manager';
    return [{ name, manager }];
  });
}
