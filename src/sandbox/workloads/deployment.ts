import { clone, type JsonObject, numberAt, objectAt, put } from '../json.ts';
import { isTerminating, labelsOf, nameOf, namespaceOf } from '../meta.ts';
import { Actor } from './actor.ts';
import { scaleRollout } from './deployment-scale.ts';
import { reportDeployment } from './deployment-status.ts';
import { type Ground, type Loop, ownKey, splitKey, startLoop } from './loop.ts';
import { controllerKey, hashName, ownerReference } from './owning.ts';
import { createProgress, type Progress } from './progress.ts';
import {
  bounds,
  HASH,
  highestRevision,
  isPaused,
  observe,
  REVISION,
  type Rollout,
  revisionOf,
  sizeOf,
} from './rollout.ts';

/** Rolls Deployments from one ReplicaSet to the next. */
export function startDeployments(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  const progress = createProgress(ground.timers);
  startLoop(ground, {
    watches: { 'apps/deployments': ownKey, 'apps/replicasets': controllerKey('Deployment') },
    reconcile: (key, loop) => reconcile(actor, key, { loop, progress }),
  });
}

function reconcile(actor: Actor, key: string, means: { loop: Loop; progress: Progress }): void {
  const { namespace, name } = splitKey(key);
  const deployment = actor.get('deployments', namespace, name);
  if (deployment === undefined || isTerminating(deployment)) return;
  const before = observe(actor, deployment);
  if (before.current === undefined && !isPaused(deployment)) createSet(actor, before);
  const rollout = observe(actor, deployment);
  if (rollout.current !== undefined) renumber(actor, rollout, rollout.current);
  scaleRollout(actor, observe(actor, deployment));
  dropHistory(actor, observe(actor, deployment));
  reportDeployment(actor, observe(actor, deployment), means);
}

function createSet(actor: Actor, { deployment, old }: Rollout): void {
  const template = clone(objectAt(deployment, 'spec', 'template'));
  const hash = hashName(template);
  put(template, ['metadata', 'labels', HASH], hash);
  const selector = clone(objectAt(deployment, 'spec', 'selector'));
  put(selector, ['matchLabels', HASH], hash);
  actor.create('replicasets', namespaceOf(deployment), {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      labels: labelsOf(template),
      annotations: { ...scaleAnnotations(deployment), [REVISION]: String(highestRevision(old) + 1) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: { replicas: 0, selector, template, minReadySeconds: numberAt(deployment, 'spec', 'minReadySeconds') },
  });
}

function scaleAnnotations(deployment: JsonObject): JsonObject {
  const { desired, surge } = bounds(deployment);
  return {
    'deployment.kubernetes.io/desired-replicas': String(desired),
    'deployment.kubernetes.io/max-replicas': String(desired + surge),
  };
}

/** A template that returns gets the next revision number. */
function renumber(actor: Actor, { deployment, old }: Rollout, current: JsonObject): void {
  const next = String(Math.max(revisionOf(current), highestRevision(old) + 1));
  actor.modify('replicasets', current, (draft) => {
    const annotations = {
      ...objectAt(draft, 'metadata', 'annotations'),
      ...scaleAnnotations(deployment),
      [REVISION]: next,
    };
    put(draft, ['metadata', 'annotations'], annotations);
  });
}

function dropHistory(actor: Actor, { deployment, old }: Rollout): void {
  const limit = numberAt(deployment, 'spec', 'revisionHistoryLimit') ?? 10;
  const empty = old.filter((set) => sizeOf(set) === 0 && (numberAt(set, 'status', 'replicas') ?? 0) === 0);
  const byAge = [...empty].sort((left, right) => revisionOf(left) - revisionOf(right));
  for (const set of byAge.slice(0, Math.max(0, byAge.length - limit))) actor.remove('replicasets', set);
}
