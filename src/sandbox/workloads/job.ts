import { type JsonObject, numberAt, objectAt, objectsAt } from '../json.ts';
import { isTerminating, nameOf, namespaceOf, stamp } from '../meta.ts';
import { Actor } from './actor.ts';
import { type Ground, ownKey, reporting, splitKey, startLoop } from './loop.ts';
import { claim, conditionOf, controllerKey, isActive, isReady, phaseOf, podFrom, withoutZeros } from './owning.ts';

/** Runs Jobs to their completions, or to their backoff limit. */
export function startJobs(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: { 'batch/jobs': ownKey, '/pods': controllerKey('Job') },
    reconcile: (key) => reconcile(actor, key),
  });
}

interface Tally {
  readonly active: readonly JsonObject[];
  readonly succeeded: number;
  readonly failed: number;
  readonly end: 'complete' | 'failed' | 'none';
}

function reconcile(actor: Actor, key: string): void {
  const { namespace, name } = splitKey(key);
  const job = actor.get('jobs', namespace, name);
  if (job === undefined || isTerminating(job) || isOver(job)) return;
  const tally = count(actor, job);
  reporting(
    () => (tally.end === 'none' ? adjust(actor, job, tally) : removeAll(actor, tally.active)),
    () => report(actor, job, count(actor, job)),
  );
}

function removeAll(actor: Actor, pods: readonly JsonObject[]): void {
  for (const pod of pods) actor.remove('pods', pod);
}

const isOver = (job: JsonObject): boolean =>
  ['Complete', 'Failed'].some((type) => conditionOf(job, type)?.status === 'True');

function count(actor: Actor, job: JsonObject): Tally {
  const pods = claim(actor, 'pods', job);
  const inPhase = (phase: string) => pods.filter((pod) => phaseOf(pod) === phase).length;
  const [succeeded, failed] = [inPhase('Succeeded'), inPhase('Failed')];
  const isComplete = succeeded >= (numberAt(job, 'spec', 'completions') ?? 1);
  const isFailed = failed > (numberAt(job, 'spec', 'backoffLimit') ?? 6);
  return {
    active: pods.filter(isActive),
    succeeded,
    failed,
    end: isComplete ? 'complete' : isFailed ? 'failed' : 'none',
  };
}

function adjust(actor: Actor, job: JsonObject, { active, succeeded }: Tally): void {
  const left = (numberAt(job, 'spec', 'completions') ?? 1) - succeeded;
  const isSuspended = objectAt(job, 'spec').suspend === true;
  const wanted = isSuspended ? 0 : Math.min(numberAt(job, 'spec', 'parallelism') ?? 1, left);
  for (const pod of active.slice(wanted)) actor.remove('pods', pod);
  for (let missing = wanted - active.length; missing > 0; missing -= 1) createPod(actor, job);
}

function createPod(actor: Actor, job: JsonObject): void {
  const metadata = { generateName: `${nameOf(job)}-` };
  actor.create(
    'pods',
    namespaceOf(job),
    podFrom({ owner: job, template: objectAt(job, 'spec', 'template'), metadata }),
  );
}

function report(actor: Actor, job: JsonObject, tally: Tally): void {
  const now = stamp(actor.state.now());
  const ready = tally.active.filter(isReady).length;
  actor.report('jobs', job, (draft) => {
    const before = objectAt(draft, 'status');
    draft.status = {
      ...withoutZeros({ active: tally.active.length, succeeded: tally.succeeded, failed: tally.failed }),
      startTime: before.startTime ?? now,
      ready,
      terminating: 0,
      uncountedTerminatedPods: {},
      ...ending(objectsAt(before, 'conditions'), tally, now),
    };
  });
}

function ending(before: readonly JsonObject[], { end }: Tally, now: string): JsonObject {
  if (end === 'none') return before.length === 0 ? {} : { conditions: [...before] };
  const types = end === 'complete' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
  const why =
    end === 'complete'
      ? { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
      : { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  const conditions = types.map((type) => ({
    type,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    ...why,
  }));
  return { conditions, ...(end === 'complete' ? { completionTime: now } : {}) };
}
