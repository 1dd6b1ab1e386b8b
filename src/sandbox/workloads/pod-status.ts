import { type Json, type JsonObject, numberAt, objectsAt, textAt } from '../json.ts';
import { containersOf, decisive, type Step } from './pod-behaviour.ts';

/** What a pod keeps from its first step to its last. */
export interface Placement {
  readonly podIP: string;
  readonly startTime: string;
}

/** The whole status of a pod at one step of its decisive container. */
export function podStatus(pod: JsonObject, step: Step, { podIP, startTime }: Placement): JsonObject {
  const shown = containersOf(pod).map((each) => ({ ...each, status: containerStatus(pod, step, each) }));
  const init = shown.filter(({ stage }) => stage === 'init').map(({ status }) => status);
  const main = shown.filter(({ stage }) => stage === 'main').map(({ status }) => status);
  return {
    observedGeneration: numberAt(pod, 'metadata', 'generation') ?? 1,
    phase: step.phase,
    conditions: conditions(pod, step, startTime),
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

interface Placed {
  readonly container: JsonObject;
  readonly stage: 'init' | 'main';
}

function containerStatus(pod: JsonObject, step: Step, { container, stage }: Placed): JsonObject {
  const own = stateOf(pod, step, { container, stage });
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

function stateOf(pod: JsonObject, step: Step, { container, stage }: Placed): Own {
  const lead = decisive(pod);
  const quiet = { lastState: {}, restarts: 0 };
  const isLead = lead?.container === container || (lead?.stage === stage && !isFaultyStep(step));
  if (isLead)
    return {
      state: step.state,
      lastState: step.lastState ?? {},
      isReady: step.readiness === 'ready',
      restarts: step.restarts,
    };
  if (stage === 'init') return { ...quiet, state: COMPLETED, isReady: true };
  if (lead?.stage === 'init') return { ...quiet, state: INITIALIZING, isReady: false };
  return { ...quiet, state: { running: {} }, isReady: true };
}

/** A step that only its own container shows; the other steps are the same for all containers. */
function isFaultyStep(step: Step): boolean {
  const waits = step.state.waiting as JsonObject | undefined;
  return (
    step.restarts > 0 || step.lastState !== undefined || (waits !== undefined && waits.reason !== 'ContainerCreating')
  );
}

function conditions(pod: JsonObject, step: Step, startTime: string): Json[] {
  const isReady = step.readiness === 'ready';
  const isInitialized = decisive(pod)?.stage !== 'init' && step.state.waiting === undefined;
  const unready = step.phase === 'Succeeded' ? { reason: 'PodCompleted' } : unreadyReason(pod);
  return [
    condition(pod, { type: 'PodReadyToStartContainers', status: 'True' }, startTime),
    condition(
      pod,
      { type: 'Initialized', status: isInitialized || decisive(pod)?.stage === 'main' ? 'True' : 'False' },
      startTime,
    ),
    condition(pod, { type: 'Ready', status: isReady ? 'True' : 'False', ...(isReady ? {} : unready) }, startTime),
    condition(
      pod,
      { type: 'ContainersReady', status: isReady ? 'True' : 'False', ...(isReady ? {} : unready) },
      startTime,
    ),
    condition(pod, { type: 'PodScheduled', status: 'True' }, startTime),
  ];
}

function unreadyReason(pod: JsonObject): JsonObject {
  const names = objectsAt(pod, 'spec', 'containers').map((container) => textAt(container, 'name'));
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
}

function condition(pod: JsonObject, next: JsonObject, startTime: string): JsonObject {
  const before = objectsAt(pod, 'status', 'conditions').find((candidate) => candidate.type === next.type);
  const isSame = before?.status === next.status;
  const moved = `${new Date().toISOString().slice(0, 19)}Z`;
  const lastTransitionTime = isSame ? (before?.lastTransitionTime ?? startTime) : moved;
  const { type, status, ...why } = next;
  return { type, status, lastProbeTime: null, lastTransitionTime, ...why };
}
