import { type JsonObject, numberAt, objectsAt, textAt } from '../json.ts';

/** One moment in a container's life, as its pod's status will show it. */
export interface Step {
  /** Simulated ms after the step before. */
  readonly after: number;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly readiness: 'ready' | 'unready';
  readonly restarts: number;
  readonly state: JsonObject;
  readonly lastState?: JsonObject;
}

export type Life = Generator<Step, void, void>;

export interface Pace {
  readonly readyDelay: number;
  readonly slowDelay: number;
  /** Whole seconds, as a status shows times. */
  readonly stamp: () => string;
}

const PULL_MS = 40;
const BACK_OFF_MS = 120;
const FLAP_MS = 300;
const LONGEST_BACK_OFF_MS = 4000;

export function waiting(reason: string, message: string, after: number): Step {
  const state = { waiting: message === '' ? { reason } : { reason, message } };
  return { after, phase: 'Pending', readiness: 'unready', restarts: 0, state };
}

/** How a container of this image lives; decided by the tag. */
export function lifeOf(image: string, restartPolicy: string, pace: Pace): Life {
  const tag = image.split(':').at(-1) ?? '';
  if (/missing|pull-error/.test(tag)) return pullFailure(image);
  if (tag.includes('invalid-image')) return invalidImage(image);
  if (tag.includes('config-error'))
    return still(waiting('CreateContainerConfigError', 'configmap "absent" not found', PULL_MS));
  if (tag.includes('oom')) return crashing(pace, restartPolicy, { exitCode: 137, reason: 'OOMKilled' });
  if (tag.includes('crash')) return crashing(pace, restartPolicy, { exitCode: 1, reason: 'Error' });
  if (tag.includes('flap')) return flapping(pace);
  const delay = tag.includes('slow') ? pace.slowDelay : pace.readyDelay;
  return restartPolicy === 'Always' ? serving(pace, delay) : finishing(pace, delay);
}

function* still(step: Step): Life {
  yield step;
}

function* invalidImage(image: string): Life {
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
  yield waiting('InvalidImageName', message, PULL_MS);
}

/** Alternates as kubelets do: an attempt, then a back-off that grows. */
function* pullFailure(image: string): Life {
  const why = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  for (let backOff = BACK_OFF_MS; ; backOff = Math.min(backOff * 2, LONGEST_BACK_OFF_MS)) {
    yield waiting(
      'ErrImagePull',
      `rpc error: code = NotFound desc = ${why}`,
      backOff === BACK_OFF_MS ? PULL_MS : backOff,
    );
    yield waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`, BACK_OFF_MS);
    if (backOff === LONGEST_BACK_OFF_MS) return;
  }
}

function running(pace: Pace, readiness: Step['readiness'], more: Partial<Step>): Step {
  const state = { running: { startedAt: pace.stamp() } };
  return { after: 0, phase: 'Running', readiness, restarts: 0, state, ...more };
}

function* serving(pace: Pace, delay: number): Life {
  const start = running(pace, 'unready', { after: Math.min(PULL_MS, delay / 2) });
  yield start;
  yield { ...start, after: Math.max(0, delay - start.after), readiness: 'ready' };
}

function* finishing(pace: Pace, delay: number): Life {
  const start = running(pace, 'ready', { after: Math.min(PULL_MS, delay / 2) });
  yield start;
  yield {
    ...start,
    after: delay,
    phase: 'Succeeded',
    readiness: 'unready',
    state: { terminated: ended(pace, { exitCode: 0, reason: 'Completed' }) },
  };
}

interface Ending {
  readonly exitCode: number;
  readonly reason: string;
}

function ended(pace: Pace, { exitCode, reason }: Ending): JsonObject {
  return { exitCode, reason, startedAt: pace.stamp(), finishedAt: pace.stamp() };
}

function* crashing(pace: Pace, restartPolicy: string, ending: Ending): Life {
  let lastState: JsonObject = {};
  for (let restarts = 0; ; restarts += 1) {
    yield running(pace, 'unready', { after: restarts === 0 ? PULL_MS : backOffOf(restarts), restarts, lastState });
    const terminated = { terminated: ended(pace, ending) };
    const end: Step = {
      after: PULL_MS,
      phase: 'Running',
      readiness: 'unready',
      restarts,
      state: terminated,
      lastState,
    };
    yield restartPolicy === 'Never' ? { ...end, phase: 'Failed' } : end;
    if (restartPolicy === 'Never') return;
    lastState = terminated;
    yield { ...end, after: 10, lastState, state: crashWait(restarts) };
  }
}

const backOffOf = (restarts: number): number => Math.min(BACK_OFF_MS * 2 ** (restarts - 1), LONGEST_BACK_OFF_MS);

function crashWait(restarts: number): JsonObject {
  const message = `back-off ${10 * 2 ** Math.min(restarts, 5)}s restarting failed container`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
}

/** Ready, not ready, ready …, for as long as the pod lives. */
function* flapping(pace: Pace): Life {
  const start = running(pace, 'unready', { after: PULL_MS });
  yield start;
  for (let turn = 0; ; turn += 1) {
    yield { ...start, after: turn === 0 ? pace.readyDelay : FLAP_MS, readiness: turn % 2 === 0 ? 'ready' : 'unready' };
  }
}

/** Containers in the order in which their failure decides: init containers first. */
export function containersOf(pod: JsonObject): { container: JsonObject; stage: 'init' | 'main' }[] {
  const stages = { init: objectsAt(pod, 'spec', 'initContainers'), main: objectsAt(pod, 'spec', 'containers') };
  return [
    ...stages.init.map((container) => ({ container, stage: 'init' as const })),
    ...stages.main.map((container) => ({ container, stage: 'main' as const })),
  ];
}

const FAULTY = /missing|pull-error|invalid-image|config-error|oom|crash|flap|slow/;

/** The container whose life the pod's status follows: the first faulty one, else the first. */
export function decisive(pod: JsonObject): { container: JsonObject; stage: 'init' | 'main' } | undefined {
  const all = containersOf(pod);
  const tagOf = (container: JsonObject) => (textAt(container, 'image') ?? '').split(':').at(-1) ?? '';
  return all.find(({ container }) => FAULTY.test(tagOf(container))) ?? all.find(({ stage }) => stage === 'main');
}

export const graceOf = (pod: JsonObject): number => numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') ?? 0;
