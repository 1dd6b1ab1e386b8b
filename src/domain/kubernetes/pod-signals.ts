import type { Json, KubeObject } from '../../schema/json.ts';
import { conditionOf } from './conditions.ts';
import { isTerminating } from './identity.ts';
import { asList, asNumber, asText, at } from './json.ts';

export interface PodSignal {
  /** `fatal` will not heal without another change; `retryable` may. */
  readonly severity: 'fatal' | 'retryable';
  readonly reason: string;
  readonly message: string;
  /** `null` when it is about the pod as a whole. */
  readonly container: string | null;
  readonly restarts: number;
}

/** A cluster autoscaler needs about this long to bring a node. */
const unschedulableAfter = 60_000;

const longestMessage = 300;

/** What the kubelet and the scheduler already know about a pod that cannot start, long before any deadline. */
export function podSignals(pod: KubeObject, input: { readonly now: number }): readonly PodSignal[] {
  if (isTerminating(pod)) return [];
  return [...schedulingSignals(pod, input.now), ...containersOf(pod).flatMap(containerSignals)];
}

export function containersOf(pod: KubeObject): readonly Json[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((key) => asList(at(pod, 'status', key)));
}

function schedulingSignals(pod: KubeObject, now: number): readonly PodSignal[] {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return [];
  if (scheduled.since !== undefined && now - Date.parse(scheduled.since) < unschedulableAfter) return [];
  const message = truncated(scheduled.message);
  return [{ severity: 'retryable', reason: 'Unschedulable', message, container: null, restarts: 0 }];
}

function containerSignals(container: Json): readonly PodSignal[] {
  const reason = asText(at(container, 'state', 'waiting', 'reason'));
  const severity = reason === undefined ? undefined : severityOf(reason, container);
  if (reason !== undefined && severity !== undefined) return [toSignal(container, severity, reason)];
  return crashSignals(container);
}

function toSignal(container: Json, severity: PodSignal['severity'], reason: string): PodSignal {
  return {
    severity,
    reason,
    message: truncated(messageOf(container)),
    container: asText(at(container, 'name')) ?? null,
    restarts: asNumber(at(container, 'restartCount')) ?? 0,
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

const misconfigured: ReadonlySet<string> = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'SignatureValidationFailed',
]);

const pullErrors: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
]);

/** Every other reason that reads like trouble, such as CrashLoopBackOff or PostStartHookError. */
const troubled = /^Err|(Error|BackOff)$/;

/** The kubelet's caches and the container runtime were slow: the same container starts on the next try. */
const passing = /timed out|deadline exceeded|failed to sync|is reserved for/i;

/** What a registry says about an image that is not there or not ours; a host not found is a passing DNS trouble. */
const refused = /(?<!host )not found|\bdenied\b|\bunauthorized\b|\bforbidden\b|(manifest|name) unknown|does not exist/i;

function severityOf(reason: string, container: Json): PodSignal['severity'] | undefined {
  const message = asText(at(container, 'state', 'waiting', 'message')) ?? '';
  if (misconfigured.has(reason)) return passing.test(message) ? 'retryable' : 'fatal';
  if (pullErrors.has(reason)) return refused.test(withoutImage(message, container)) ? 'fatal' : 'retryable';
  return troubled.test(reason) ? 'retryable' : undefined;
}

/** An image may be named `denied`, and repeats in the text both quoted and not. */
function withoutImage(message: string, container: Json): string {
  const image = asText(at(container, 'image')) ?? '';
  const unquoted = message.replace(/"[^"]*"/g, '');
  return image === '' ? unquoted : unquoted.replaceAll(image, '');
}

/** A container that runs again is starting up, until it has been restarted too often. */
const restartsThatCount = 3;

function crashSignals(container: Json): readonly PodSignal[] {
  const exit = crashOf(container);
  if (exit === undefined || isStartingUp(container)) return [];
  return [toSignal(container, 'retryable', asText(at(exit, 'reason')) ?? 'Error')];
}

function isStartingUp(container: Json): boolean {
  if (at(container, 'state', 'running') === undefined) return false;
  const restarts = asNumber(at(container, 'restartCount')) ?? 0;
  return at(container, 'ready') === true || restarts < restartsThatCount;
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
