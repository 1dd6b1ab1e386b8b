import { type JsonObject, numberAt, objectAt, textAt } from '../json.ts';
import { annotationOf, isTerminating, labelsOf, nameOf, namespaceOf } from '../meta.ts';
import { DAEMON_TEMPLATE_GENERATION } from '../prepare.ts';
import { Actor } from './actor.ts';
import { type Ground, ownKey, reporting, splitKey, startLoop } from './loop.ts';
import { claim, controllerKey, isActive, isReady, podFrom, withoutZeros } from './owning.ts';
import { currentRevision, dropRevisions, hashOf, REVISION_LABEL } from './revisions.ts';

/** Runs DaemonSets on the one node there is. */
export function startDaemonSets(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: { 'apps/daemonsets': ownKey, '/pods': controllerKey('DaemonSet') },
    reconcile: (key) => reconcile(actor, key),
  });
}

function reconcile(actor: Actor, key: string): void {
  const { namespace, name } = splitKey(key);
  const set = actor.get('daemonsets', namespace, name);
  if (set === undefined || isTerminating(set)) return;
  const hash = hashOf(currentRevision(actor, set));
  const pods = claim(actor, 'pods', set);
  reporting(
    () => (pods.length === 0 ? createPod(actor, set, hash) : replaceOutdated(actor, set, { pods, hash })),
    () => report(actor, set, hash),
  );
}

function createPod(actor: Actor, set: JsonObject, hash: string): void {
  const generation = annotationOf(set, DAEMON_TEMPLATE_GENERATION) ?? '1';
  const labels = { [REVISION_LABEL]: hash, 'pod-template-generation': generation };
  const metadata = { generateName: `${nameOf(set)}-` };
  const pod = podFrom({ owner: set, template: objectAt(set, 'spec', 'template'), metadata, labels });
  actor.create('pods', namespaceOf(set), pod);
}

function replaceOutdated(
  actor: Actor,
  set: JsonObject,
  { pods, hash }: { pods: readonly JsonObject[]; hash: string },
): void {
  const isRolling = textAt(set, 'spec', 'updateStrategy', 'type') === 'RollingUpdate';
  for (const pod of pods) {
    const isOutdated = isRolling && labelsOf(pod)[REVISION_LABEL] !== hash;
    if (!isTerminating(pod) && (isOutdated || !isActive(pod))) actor.remove('pods', pod);
  }
}

function report(actor: Actor, set: JsonObject, hash: string): void {
  const pods = claim(actor, 'pods', set).filter((pod) => !isTerminating(pod));
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => labelsOf(pod)[REVISION_LABEL] === hash).length;
  actor.report('daemonsets', set, (draft) => {
    draft.status = {
      currentNumberScheduled: pods.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: 1,
      numberReady: ready,
      observedGeneration: numberAt(draft, 'metadata', 'generation') ?? 1,
      ...withoutZeros({ updatedNumberScheduled: updated, numberAvailable: ready, numberUnavailable: 1 - ready }),
    };
  });
  dropRevisions(actor, set, [hash, ...pods.map((pod) => labelsOf(pod)[REVISION_LABEL])]);
}
