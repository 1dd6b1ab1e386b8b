import { type JsonObject, numberAt, textAt } from '../json.ts';
import { decisive, faultyInits, imageOf, tagOf } from './containers.ts';

/** One moment in a container's life, as its pod's status will show it. */
export interface Step {
  /** Simulated ms after the step before. */
  readonly after: number;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly readiness: 'ready' | 'unready';
  readonly restarts: number;
  readonly state: JsonObject;
  readonly lastState?: JsonObject;
  /** Name of the container it is about; the decisive one if none is named. */
  readonly of?: string;
  /** Without them not even the pod's network is set up. */
  readonly volumes?: 'awaited';
}

export type Life = Generator<Step, void, void>;

export interface Pace {
  readonly readyDelay: number;
  readonly slowDelay: number;
  /** Simulated ms from a second failure to the next try; doubled each time (default 120). */
  readonly backOff?: number;
  /** Whole seconds, as a status shows times. */
  readonly stamp: () => string;
}

const PULL_MS = 40;
const BACK_OFF_MS = 120;
const FLAP_MS = 300;
/** Kubelets go from 10 s to 5 minutes. */
const LONGEST_BACK_OFF = 32;

export function waiting(reason: string, message: string, after: number): Step {
  const state = { waiting: message === '' ? { reason } : { reason, message } };
  return { after, phase: 'Pending', readiness: 'unready', restarts: 0, state };
}

/** How a pod lives, decided by its images' tags: first its init containers in their order, then the others. */
export function* podLife(pod: JsonObject, pace: Pace): Life {
  const restartPolicy = textAt(pod, 'spec', 'restartPolicy') ?? 'Always';
  for (const { container } of faultyInits(pod)) {
    const end = yield* by(container, initLife(imageOf(container), restartPolicy, pace));
    if (end === 'over') return;
  }
  const { container = {} } = decisive(pod) ?? {};
  yield* by(container, mainLife(imageOf(container), restartPolicy, pace));
}

function* by<End>(container: JsonObject, life: Generator<Step, End, void>): Generator<Step, End, void> {
  for (;;) {
    const next = life.next();
    if (next.done === true) return next.value;
    yield { ...next.value, of: textAt(container, 'name') ?? '' };
  }
}

/** What a container has been through when it starts to do its work. */
type Past = Pick<Step, 'restarts'> & { readonly lastState: JsonObject };
type Trouble = Generator<Step, Past | 'over', void>;

const unharmed: Past = { restarts: 0, lastState: {} };

function* initLife(image: string, restartPolicy: string, pace: Pace): Generator<Step, 'over' | 'done', void> {
  const past = yield* troubleOf(image, restartPolicy, pace);
  if (past === 'over') return 'over';
  const start = { ...running(pace, 'unready', past), phase: 'Pending' as const };
  yield { ...start, after: PULL_MS };
  yield { ...start, after: delayOf(tagOf(image), pace) };
  return 'done';
}

function* mainLife(image: string, restartPolicy: string, pace: Pace): Life {
  const past = yield* troubleOf(image, restartPolicy, pace);
  if (past === 'over') return;
  const tag = tagOf(image);
  if (tag.includes('flap')) yield* flapping(tag, pace);
  else if (tag.includes('unready')) yield running(pace, 'unready', { ...past, after: PULL_MS });
  else if (restartPolicy === 'Always') yield* serving(pace, past, delayOf(tag, pace));
  else yield* finishing(pace, past, delayOf(tag, pace));
}

/** `slow`, or `slow-45s` for an exact time. */
function delayOf(tag: string, pace: Pace): number {
  return millisecondsIn(tag, 'slow') ?? (tag.includes('slow') ? pace.slowDelay : pace.readyDelay);
}

function millisecondsIn(tag: string, word: string): number | undefined {
  const seconds = new RegExp(`${word}-(\\d+)s`).exec(tag)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** `crash-2x` ends after two crashes; without a number nothing ends it. */
function timesIn(tag: string): number {
  return Number(/-(\d+)x/.exec(tag)?.[1] ?? Number.POSITIVE_INFINITY);
}

/** What goes wrong before a container of this image does its work, if that is ever. */
function* troubleOf(image: string, restartPolicy: string, pace: Pace): Trouble {
  const tag = tagOf(image);
  const refusal = Object.entries(refusals).find(([word]) => tag.includes(word))?.[1];
  if (refusal !== undefined) return yield* pullFailure(image, refusal(image), pace);
  const still = unmakeable.find(([word]) => tag.includes(word))?.[1];
  if (still !== undefined) {
    yield still(image);
    return 'over';
  }
  if (tag.includes('oom')) return yield* crashing(image, restartPolicy, pace, { exitCode: 137, reason: 'OOMKilled' });
  if (tag.includes('crash')) return yield* crashing(image, restartPolicy, pace, { exitCode: 1, reason: 'Error' });
  return unharmed;
}

/** What registries answer, as containerd passes it on. */
const refusals: Readonly<Record<string, (image: string) => string>> = {
  missing: notFound,
  'pull-error': notFound,
  denied: (image) =>
    `failed to pull and unpack image "${image}": failed to resolve reference "${image}": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
  timeout: (image) =>
    `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://registry/v2/": dial tcp 10.0.0.9:443: i/o timeout`,
};

function notFound(image: string): string {
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
}

const unmakeable: readonly (readonly [word: string, step: (image: string) => Step])[] = [
  [
    'invalid-image',
    (image) => {
      const why = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
      return waiting('InvalidImageName', why, PULL_MS);
    },
  ],
  ['config-error', () => waiting('CreateContainerConfigError', 'configmap "absent" not found', PULL_MS)],
  [
    'run-error',
    () => waiting('RunContainerError', 'exec: "serve": executable file not found in $PATH: unknown', PULL_MS),
  ],
];

/** Alternates as kubelets do: an attempt, then a back-off that grows. */
function* pullFailure(image: string, why: string, pace: Pace): Trouble {
  const times = timesIn(tagOf(image));
  for (let tries = 1; tries <= times; tries += 1) {
    const after = tries === 1 ? PULL_MS : backOff(tries - 1, pace);
    yield waiting('ErrImagePull', `rpc error: code = Unknown desc = ${why}`, after);
    yield waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`, BACK_OFF_MS);
    // From then on nothing new is to be seen.
    if (tries > LONGEST_BACK_OFF) return 'over';
  }
  return unharmed;
}

function running(pace: Pace, readiness: Step['readiness'], more: Partial<Step>): Step {
  const state = { running: { startedAt: pace.stamp() } };
  return { after: 0, phase: 'Running', readiness, restarts: 0, state, ...more };
}

function* serving(pace: Pace, past: Past, delay: number): Life {
  const start = running(pace, 'unready', { ...past, after: Math.min(PULL_MS, delay / 2) });
  yield start;
  yield { ...start, after: Math.max(0, delay - start.after), readiness: 'ready' };
}

function* finishing(pace: Pace, past: Past, delay: number): Life {
  const start = running(pace, 'ready', { ...past, after: Math.min(PULL_MS, delay / 2) });
  yield start;
  const state = { terminated: ended(pace, { exitCode: 0, reason: 'Completed' }) };
  yield { ...start, after: delay, phase: 'Succeeded', readiness: 'unready', state };
}

interface Ending {
  readonly exitCode: number;
  readonly reason: string;
}

function ended(pace: Pace, { exitCode, reason }: Ending): JsonObject {
  return { exitCode, reason, startedAt: pace.stamp(), finishedAt: pace.stamp() };
}

/** The first restart is at once, as kubelets do it; `crash-after-20s` is ready until then. */
function* crashing(image: string, restartPolicy: string, pace: Pace, ending: Ending): Trouble {
  const tag = tagOf(image);
  const uptime = millisecondsIn(tag, 'after');
  let lastState: JsonObject = {};
  for (let restarts = 0; restarts < timesIn(tag); restarts += 1) {
    const start = running(pace, 'unready', {
      after: restarts < 2 ? PULL_MS : backOff(restarts - 1, pace),
      restarts,
      lastState,
    });
    yield start;
    if (uptime !== undefined) yield { ...start, after: pace.readyDelay, readiness: 'ready' };
    const state = { terminated: ended(pace, ending) };
    const end: Step = { ...start, after: uptime ?? PULL_MS, state };
    yield restartPolicy === 'Never' ? { ...end, phase: 'Failed' } : end;
    if (restartPolicy === 'Never') return 'over';
    lastState = state;
    yield { ...end, after: 10, lastState, state: crashWait(restarts) };
  }
  return { restarts: timesIn(tag), lastState };
}

function backOff(failures: number, { backOff: first = BACK_OFF_MS }: Pace): number {
  return first * Math.min(2 ** (failures - 1), LONGEST_BACK_OFF);
}

function crashWait(restarts: number): JsonObject {
  const message = `back-off ${10 * 2 ** Math.min(restarts, 5)}s restarting failed container`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
}

/** Ready, not ready, ready …, for as long as the pod lives; `flap-10s` changes every ten seconds. */
function* flapping(tag: string, pace: Pace): Life {
  const start = running(pace, 'unready', { after: PULL_MS });
  yield start;
  for (let turn = 0; ; turn += 1) {
    const after = turn === 0 ? pace.readyDelay : (millisecondsIn(tag, 'flap') ?? FLAP_MS);
    yield { ...start, after, readiness: turn % 2 === 0 ? 'ready' : 'unready' };
  }
}

export const graceOf = (pod: JsonObject): number => numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') ?? 0;
