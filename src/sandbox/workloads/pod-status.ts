import { type Json, type JsonObject, numberAt, objectsAt, textAt } from '../json.ts';
import { containersOf, decisive, type Placed } from './containers.ts';
import type { Step } from './pod-behaviour.ts';

/** What a pod keeps from its first step to its last. */
export interface Placement {
  readonly podIP: string;
  readonly startTime: string;
}

/** The whole status of a pod at one step of its leading container, at a time in whole seconds. */
export function podStatus(pod: JsonObject, step: Step, place: Placement & { readonly now: string }): JsonObject {
  const { podIP, startTime } = place;
  const shown = containersOf(pod).map((each) => ({ ...each, status: containerStatus(pod, step, each) }));
  const init = shown.filter(({ list }) => list === 'initContainerStatuses').map(({ status }) => status);
  const main = shown.filter(({ list }) => list === 'containerStatuses').map(({ status }) => status);
  return {
    observedGeneration: numberAt(pod, 'metadata', 'generation') ?? 1,
    phase: step.phase,
    conditions: conditions(pod, step, place),
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime,
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    qosClass: textAt(pod, 'status', 'qosClass') ?? 'BestEffort',
  };
}

function containerStatus(pod: JsonObject, step: Step, placed: Placed): JsonObject {
  const { container } = placed;
  const own = stateOf(pod, step, placed);
  const image = textAt(container, 'image') ?? '';
  const isRunning = 'running' in own.state;
  return {
    name: container.name,
    state: own.state,
    lastState: own.lastState,
    ready: own.isReady,
    restartCount: own.restarts,
    image,
    imageID: isRunning ? `sandbox/${image}@sha256:0` : '',
    started: isRunning,
  };
}

interface Own {
  readonly state: JsonObject;
  readonly lastState: JsonObject;
  readonly isReady: boolean;
  readonly restarts: number;
}

const COMPLETED = { terminated: { exitCode: 0, reason: 'Completed' } };
const INITIALIZING = { waiting: { reason: 'PodInitializing' } };

function leadOf(pod: JsonObject, step: Step): Placed | undefined {
  return containersOf(pod).find(({ container }) => container.name === step.of) ?? decisive(pod);
}

function stateOf(pod: JsonObject, step: Step, placed: Placed): Own {
  const lead = leadOf(pod, step);
  const quiet = { lastState: {}, restarts: 0 };
  const isLead = lead?.container.name === placed.container.name;
  if (isLead || (lead?.stage === 'main' && placed.stage === 'main' && !isFaultyStep(step))) {
    const { state, lastState = {}, restarts, readiness } = step;
    return { state, lastState, restarts, isReady: readiness === 'ready' };
  }
  if (placed.stage === 'init' && !isBehind(pod, placed, lead)) return { ...quiet, state: COMPLETED, isReady: true };
  if (lead?.stage === 'init') return { ...quiet, state: INITIALIZING, isReady: false };
  return { ...quiet, state: { running: {} }, isReady: true };
}

/** Whether an init container has its turn only after the leading one. */
function isBehind(pod: JsonObject, { container }: Placed, lead: Placed | undefined): boolean {
  const names = containersOf(pod).map((each) => each.container.name);
  return names.indexOf(container.name) > names.indexOf(lead?.container.name);
}

/** A step that only its own container shows; the other steps are the same for all containers. */
function isFaultyStep(step: Step): boolean {
  const waits = step.state.waiting as JsonObject | undefined;
  return (
    step.restarts > 0 || step.lastState !== undefined || (waits !== undefined && waits.reason !== 'ContainerCreating')
  );
}

function conditions(pod: JsonObject, step: Step, times: Times): Json[] {
  const isReady = step.readiness === 'ready';
  const unready = step.phase === 'Succeeded' ? { reason: 'PodCompleted' } : unreadyReason(pod);
  const readiness = { status: isReady ? 'True' : 'False', ...(isReady ? {} : unready) };
  const hasNetwork = step.volumes !== 'awaited';
  const isInitialized = hasNetwork && leadOf(pod, step)?.stage === 'main';
  return [
    condition(pod, { type: 'PodReadyToStartContainers', status: hasNetwork ? 'True' : 'False' }, times),
    condition(pod, { type: 'Initialized', status: isInitialized ? 'True' : 'False' }, times),
    condition(pod, { type: 'Ready', ...readiness }, times),
    condition(pod, { type: 'ContainersReady', ...readiness }, times),
    condition(pod, { type: 'PodScheduled', status: 'True' }, times),
  ];
}

function unreadyReason(pod: JsonObject): JsonObject {
  const names = objectsAt(pod, 'spec', 'containers').map((container) => textAt(container, 'name'));
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
}

interface Times {
  readonly startTime: string;
  readonly now: string;
}

function condition(pod: JsonObject, next: JsonObject, { startTime, now }: Times): JsonObject {
  const before = objectsAt(pod, 'status', 'conditions').find((candidate) => candidate.type === next.type);
  const isSame = before?.status === next.status;
  const lastTransitionTime = isSame ? (before?.lastTransitionTime ?? startTime) : now;
  const { type, status, ...why } = next;
  return { type, status, lastProbeTime: null, lastTransitionTime, ...why };
}
