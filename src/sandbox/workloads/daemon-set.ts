import { at, type JsonObject, numberAt, objectAt, textAt } from '../json.ts';
import { annotationOf, isTerminating, labelsOf, nameOf, namespaceOf } from '../meta.ts';
import { DAEMON_TEMPLATE_GENERATION } from '../prepare.ts';
import { Actor } from './actor.ts';
import { type Ground, ownKey, reporting, splitKey, startLoop } from './loop.ts';
import { affinityTo, nodeOf } from './node.ts';
import { claim, controllerKey, isActive, isReady, podFrom, portionOf, withoutZeros } from './owning.ts';
import { currentRevision, dropRevisions, hashOf, REVISION_LABEL } from './revisions.ts';

/** Runs DaemonSets on every node. */
export function startDaemonSets(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: { 'apps/daemonsets': ownKey, '/pods': controllerKey('DaemonSet') },
    reconcile: (key) => reconcile(actor, key, ground.nodes),
  });
}

function reconcile(actor: Actor, key: string, nodes: readonly string[]): void {
  const { namespace, name } = splitKey(key);
  const set = actor.get('daemonsets', namespace, name);
  if (set === undefined || isTerminating(set)) return;
  const hash = hashOf(currentRevision(actor, set));
  const pods = claim(actor, 'pods', set);
  const bare = nodes.filter((node) => !pods.some((pod) => nodeOf(pod) === node));
  reporting(
    () => {
      for (const node of bare) createPod(actor, set, { hash, node });
      if (bare.length === 0) replaceOutdated(actor, set, { pods, hash });
    },
    () => report(actor, set, { hash, desired: nodes.length }),
  );
}

function createPod(actor: Actor, set: JsonObject, { hash, node }: { hash: string; node: string }): void {
  const generation = annotationOf(set, DAEMON_TEMPLATE_GENERATION) ?? '1';
  const labels = { [REVISION_LABEL]: hash, 'pod-template-generation': generation };
  const metadata = { generateName: `${nameOf(set)}-` };
  const template = objectAt(set, 'spec', 'template');
  const pod = podFrom({ owner: set, template, metadata, labels, spec: { affinity: affinityTo(node) } });
  actor.create('pods', namespaceOf(set), pod);
}

interface Running {
  readonly pods: readonly JsonObject[];
  readonly hash: string;
}

/** What runs well goes only while no more are missing than may be. */
function replaceOutdated(actor: Actor, set: JsonObject, { pods, hash }: Running): void {
  const isRolling = textAt(set, 'spec', 'updateStrategy', 'type') === 'RollingUpdate';
  const isOutdated = (pod: JsonObject) => isRolling && labelsOf(pod)[REVISION_LABEL] !== hash;
  const serves = (pod: JsonObject) => !isTerminating(pod) && isReady(pod);
  const share = at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable');
  // Surges are not played: what may not be missing would never be replaced.
  const allowed = Math.max(1, portionOf(share, pods.length, 'up'));
  const broken = pods.filter((pod) => !isTerminating(pod) && (!isActive(pod) || (isOutdated(pod) && !isReady(pod))));
  const room = Math.max(0, allowed - pods.filter((pod) => !serves(pod)).length);
  const next = pods.filter((pod) => serves(pod) && isOutdated(pod)).slice(0, room);
  for (const pod of [...broken, ...next]) actor.remove('pods', pod);
}

function report(actor: Actor, set: JsonObject, { hash, desired }: { hash: string; desired: number }): void {
  const pods = claim(actor, 'pods', set).filter((pod) => !isTerminating(pod));
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => labelsOf(pod)[REVISION_LABEL] === hash).length;
  actor.report('daemonsets', set, (draft) => {
    draft.status = {
      currentNumberScheduled: pods.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      observedGeneration: numberAt(draft, 'metadata', 'generation') ?? 1,
      ...withoutZeros({ updatedNumberScheduled: updated, numberAvailable: ready, numberUnavailable: desired - ready }),
    };
  });
  dropRevisions(actor, set, [hash, ...pods.map((pod) => labelsOf(pod)[REVISION_LABEL])]);
}
