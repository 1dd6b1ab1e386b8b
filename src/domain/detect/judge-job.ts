import type { Json, KubeObject } from '../../schema/json.ts';
import { isTerminating } from '../kubernetes/identity.ts';
import { asList, asNumber, asRecord, asText, at } from '../kubernetes/json.ts';
import { containersOf, truncated } from '../kubernetes/pod-signals.ts';
import { withoutSecrets } from '../kubernetes/redact.ts';
import { jobHealth } from '../kubernetes/workload-status.ts';

/** What a smoke test has come to. `unknown`: it says nothing about the deploy. */
export type JobState =
  | { readonly kind: 'running' | 'complete' }
  | { readonly kind: 'failed' | 'unknown'; readonly reason: string; readonly message: string };

/** `age` and `timeout`: milliseconds from its creation, by the cluster's clock. */
export function stateOfJob(
  job: KubeObject | undefined,
  { age, timeout }: { readonly age: number; readonly timeout: number },
): JobState {
  if (job === undefined) return deleted;
  const health = jobHealth(job);
  if (health.kind === 'current') return { kind: 'complete' };
  if (health.kind === 'failed') return hasHadPods(job) ? failedFor('Failed', health.reason) : neverRan(health.reason);
  if (isTerminating(job)) return deleted;
  if (age < timeout) return { kind: 'running' };
  const late = `not finished within ${timeout / 1000} s`;
  return hasHadPods(job) ? failedFor('Timeout', late) : neverRan(late);
}

const deleted: JobState = { kind: 'unknown', reason: 'Deleted', message: 'somebody else has deleted it' };

function failedFor(reason: string, message: string): JobState {
  return { kind: 'failed', reason, message };
}

/** A quota, or a webhook: that is told in events alone, and no fault of the deploy. */
function neverRan(message: string): JobState {
  return { kind: 'unknown', reason: 'NoPod', message: `${message}: no pod was made; its events may say why` };
}

function hasHadPods({ status }: KubeObject): boolean {
  const counted = ['active', 'succeeded', 'failed', 'terminating'].some(
    (name) => (asNumber(at(status, name)) ?? 0) > 0,
  );
  const uncounted = Object.values(asRecord(at(status, 'uncountedTerminatedPods')));
  return counted || uncounted.some((uids) => asList(uids).length > 0);
}

/** The container to blame, in the latest pod that failed, or in the latest one. */
export interface Culprit {
  readonly pod: KubeObject;
  readonly container: string;
  /** For people: `container check exited with 1 (Error)`. */
  readonly said: string;
}

export function culpritIn(pods: readonly KubeObject[]): Culprit | undefined {
  const byAge = pods.toSorted((one, other) => (madeAt(one) < madeAt(other) ? -1 : 1));
  const pod = byAge.findLast((one) => at(one, 'status', 'phase') === 'Failed') ?? byAge.at(-1);
  const statuses = pod ? containersOf(pod) : [];
  const container = statuses.find(hasFailed) ?? statuses.find(isWaiting) ?? statuses.at(-1);
  const name = asText(at(container, 'name'));
  if (pod === undefined || container === undefined || name === undefined) return undefined;
  return { pod, container: name, said: `container ${name} ${sayingOf(container)}` };
}

function madeAt({ metadata }: KubeObject): string {
  return asText(metadata.creationTimestamp) ?? '';
}

function exitOf(container: Json): Json | undefined {
  return at(container, 'state', 'terminated') ?? at(container, 'lastState', 'terminated');
}

function hasFailed(container: Json): boolean {
  const code = asNumber(at(exitOf(container), 'exitCode'));
  return code !== undefined && code !== 0;
}

function isWaiting(container: Json): boolean {
  return at(container, 'state', 'waiting') !== undefined;
}

function sayingOf(container: Json): string {
  if (isWaiting(container) && exitOf(container) === undefined)
    return `waits: ${asText(at(container, 'state', 'waiting', 'reason')) ?? 'nobody knows for what'}`;
  const exit = exitOf(container);
  if (exit === undefined) return 'is running';
  const reason = asText(at(exit, 'reason'));
  return `exited with ${asNumber(at(exit, 'exitCode')) ?? '?'}${reason === undefined ? '' : ` (${reason})`}`;
}

export const keptLines = 20;
const keptCharacters = 4096;

/** The end of a log as it may be kept and shown; `undefined` where it says nothing. */
export function tailOf(log: string | undefined): string | undefined {
  const lines = (log ?? '').split('\n').map((line) => line.trimEnd());
  const said = lines.filter((line) => line !== '').slice(-keptLines);
  const tail = said.map(withoutSecrets).join('\n').slice(-keptCharacters);
  return tail === '' ? undefined : tail;
}

/** In one line, what matters most first: it may be cut. */
export function describeFailedJob(message: string, culprit: Culprit | undefined, tail: string | undefined): string {
  const last = tail?.split('\n').at(-1);
  const parts = [culprit?.said, last === undefined ? undefined : `its log ends with "${last}"`, message];
  return truncated(parts.filter((part) => part !== undefined).join('; '));
}
