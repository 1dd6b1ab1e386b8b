import { type JsonObject, objectAt, objectsAt, textAt } from '../json.ts';

export interface Placed {
  readonly container: JsonObject;
  /** Init containers come first, one after the other; sidecars (those that are always restarted) run beside the rest. */
  readonly stage: 'init' | 'main';
  readonly list: 'initContainerStatuses' | 'containerStatuses';
}

/** Containers in the order in which their failure decides: init containers first. */
export function containersOf(pod: JsonObject): Placed[] {
  const inits = objectsAt(pod, 'spec', 'initContainers').map((container): Placed => {
    const stage = container.restartPolicy === 'Always' ? 'main' : 'init';
    return { container, stage, list: 'initContainerStatuses' };
  });
  const mains = objectsAt(pod, 'spec', 'containers').map(
    (container): Placed => ({ container, stage: 'main', list: 'containerStatuses' }),
  );
  return [...inits, ...mains];
}

const FAULTY = /missing|pull-error|denied|timeout|invalid-image|config-error|run-error|oom|crash|flap|slow|unready/;

export const imageOf = (container: JsonObject): string => textAt(container, 'image') ?? '';
export const tagOf = (image: string): string => image.split(':').at(-1) ?? '';

/** `v2-crash-on-node-2` is `v2` everywhere else. */
export function asOnNode(pod: JsonObject, node: string): JsonObject {
  const there = (container: JsonObject) => {
    const [, plain, only] = /^(.*:[^-]*)-.*-on-(node-\d+)$/.exec(imageOf(container)) ?? [];
    return only === undefined || only === node ? container : { ...container, image: plain ?? '' };
  };
  const spec = objectAt(pod, 'spec');
  const lists = ['initContainers', 'containers'].filter((list) => list in spec);
  const changed = Object.fromEntries(lists.map((list) => [list, objectsAt(spec, list).map(there)]));
  return { ...pod, spec: { ...spec, ...changed } };
}

/** Init containers that do not simply end well. */
export function faultyInits(pod: JsonObject): Placed[] {
  return containersOf(pod).filter(({ container, stage }) => stage === 'init' && isFaulty(container));
}

/** The container whose life the pod's status follows after its init containers: the first faulty one, else the first. */
export function decisive(pod: JsonObject): Placed | undefined {
  const mains = containersOf(pod).filter(({ stage }) => stage === 'main');
  return mains.find(({ container }) => isFaulty(container)) ?? mains.find(({ list }) => list === 'containerStatuses');
}

function isFaulty(container: JsonObject): boolean {
  return FAULTY.test(tagOf(imageOf(container)));
}
