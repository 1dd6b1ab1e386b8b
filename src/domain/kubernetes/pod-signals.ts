import type { Json, KubeObject } from '../../schema/json.ts';
import { conditionOf, isTrue } from './conditions.ts';
import { isTerminating } from './identity.ts';
import { asList, asNumber, asText, at } from './json.ts';
import { type Severity, waitingSeverity } from './waiting-reasons.ts';

export interface PodSignal {
  readonly severity: Severity;
  readonly reason: string;
  readonly message: string;
  /** `null` when it is about the pod as a whole. */
  readonly container: string | null;
  readonly restarts: number;
}

/** A cluster autoscaler needs about this long to bring a node. */
const unschedulableAfter = 60_000;

/** Kubelets themselves give volumes two minutes and three seconds. */
const unmountedAfter = 125_000;

const longestMessage = 300;

/** What the kubelet and the scheduler already know about a pod that cannot start, long before any deadline. */
export function podSignals(pod: KubeObject, { now }: { readonly now: number }): readonly PodSignal[] {
  if (isLeaving(pod)) return [];
  return [...stuckSignals(pod, now), ...containersOf(pod).flatMap((container) => containerSignals(container, pod))];
}

/** Deleted, evicted, preempted or over: whatever it still says is about the past, and its replacement tells. */
export function isLeaving(pod: KubeObject): boolean {
  const phase = asText(at(pod, 'status', 'phase'));
  return isTerminating(pod) || phase === 'Failed' || phase === 'Succeeded' || isTrue(pod, 'DisruptionTarget');
}

export function containersOf(pod: KubeObject): readonly Json[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((key) => asList(at(pod, 'status', key)));
}

/** What is nobody's failure at first, and is one when it lasts. */
function stuckSignals(pod: KubeObject, now: number): readonly PodSignal[] {
  return [
    ...stuck(pod, { type: 'PodScheduled', reason: 'Unschedulable', limit: unschedulableAfter, now }),
    ...stuck(pod, { type: 'PodReadyToStartContainers', reason: undefined, limit: unmountedAfter, now }).map(unmounted),
  ];
}

interface Stage {
  readonly type: string;
  /** The reason that is trouble; any when undefined. */
  readonly reason: string | undefined;
  readonly limit: number;
  readonly now: number;
}

function stuck(pod: KubeObject, { type, reason, limit, now }: Stage): readonly PodSignal[] {
  const condition = conditionOf(pod, type);
  if (condition?.status !== 'False' || (reason !== undefined && condition.reason !== reason)) return [];
  if (condition.since !== undefined && now - Date.parse(condition.since) < limit) return [];
  const message = truncated(condition.message);
  return [{ severity: 'fatal', reason: condition.reason, message, container: null, restarts: 0 }];
}

/** Images are pulled later: until then only volumes and the pod's network are awaited. Why is told in events alone. */
function unmounted(signal: PodSignal): PodSignal {
  return { ...signal, reason: 'ContainerCreating', message: 'its volumes or its network are still not there' };
}

function containerSignals(container: Json, pod: KubeObject): readonly PodSignal[] {
  const reason = asText(at(container, 'state', 'waiting', 'reason'));
  const severity = reason === undefined ? undefined : waitingSeverity(reason, container, pod);
  if (reason !== undefined && severity !== undefined) return [toSignal(container, severity, reason)];
  return crashSignals(container);
}

function toSignal(container: Json, severity: Severity, reason: string): PodSignal {
  return {
    severity,
    reason,
    message: truncated(messageOf(container)),
    container: asText(at(container, 'name')) ?? null,
    restarts: restartsIn(container),
  };
}

/** A terminated container's own message is what the application wrote, so it is left out. */
function messageOf(container: Json): string {
  const waiting = asText(at(container, 'state', 'waiting', 'message'));
  return [waiting, lastExit(container)].filter((text) => text !== undefined).join('; ');
}

function lastExit(container: Json): string | undefined {
  const exit = crashOf(container);
  if (exit === undefined) return undefined;
  return `last exit: ${asText(at(exit, 'reason')) ?? 'Error'}, code ${asNumber(at(exit, 'exitCode')) ?? 'unknown'}`;
}

/** A container that runs again is starting up, until it has been restarted too often. */
const restartsThatCount = 3;

function crashSignals(container: Json): readonly PodSignal[] {
  const exit = crashOf(container);
  if (exit === undefined || isStartingUp(container)) return [];
  return [toSignal(container, 'crash', asText(at(exit, 'reason')) ?? 'Error')];
}

function isStartingUp(container: Json): boolean {
  if (at(container, 'state', 'running') === undefined) return false;
  return at(container, 'ready') === true || restartsIn(container) < restartsThatCount;
}

export function restartsIn(container: Json): number {
  return asNumber(at(container, 'restartCount')) ?? 0;
}

/** How the container ended, now or the last time, if it ended badly. */
function crashOf(container: Json): Json | undefined {
  const exits = [at(container, 'state', 'terminated'), at(container, 'lastState', 'terminated')];
  const exit = exits.find((one) => one !== undefined);
  return exit !== undefined && asNumber(at(exit, 'exitCode')) !== 0 ? exit : undefined;
}

export function truncated(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;
}
