import type { Lock, LockInput } from '../src/schema/activities.ts';
import type { BlockedObject, LeftLease } from '../src/schema/outcome.ts';
import { closeGate } from './decide.ts';
import { callActivity } from './proxies.ts';
import { everywhere } from './restore/everywhere.ts';
import { ask, askOnce, stayBlocked, type Waits } from './restore/patience.ts';
import { waitsOf } from './restore-steps.ts';
import { forget, identityOf, note, queueOf, remark, requestOf } from './run.ts';
import type { Ending, RunState } from './run-state.ts';
import { stepFailureOf } from './step-failure.ts';

/** Asks every cluster once to give the Lease back; answers those that are still held, as far as anybody knows. */
export async function releaseLocks(state: RunState): Promise<readonly LeftLease[]> {
  const held: LeftLease[] = [];
  for (const lock of inOrder(state)) {
    const asked = await askOnce(() => release(state, lock));
    if (asked.kind === 'answer') continue;
    remark(state, `${lock.cluster} release: ${asked.reason}`);
    held.push(leftLease(lock, asked.reason));
  }
  return held;
}

/** Leases whose taking got no answer. Nobody waits for these: the next run takes over what a closed one holds. */
export async function releaseDoubtful(state: RunState): Promise<readonly LeftLease[]> {
  const left: LeftLease[] = [];
  for (const input of state.doubtfulLocks ?? []) {
    const asked = await askOnce(() => release(state, input));
    if (asked.kind === 'answer') continue;
    const reason = `nobody knows whether it was taken: ${asked.reason}`;
    left.push({ cluster: input.cluster, lease: `in namespace ${input.lockNamespace}`, reason });
  }
  return left;
}

/** The order of the request, the same whichever cluster was the first to be locked. */
function inOrder(state: RunState): readonly Lock[] {
  const clusters = state.request?.targets.map(({ cluster }) => cluster) ?? [];
  return [...state.locks].sort((one, other) => clusters.indexOf(one.cluster) - clusters.indexOf(other.cluster));
}

/** A person is told after this long; nothing but a Lease is at stake any more. */
const longestSilence = 30_000;

/**
 * "Nothing was changed" includes the Leases, so the run stays open until they are given back: when the cluster answers
 * again, or when a person leaves them. Whoever has abandoned the run before is not asked a second time.
 */
export async function insistOnRelease(
  state: RunState,
  { outcome }: Ending,
  from: readonly LeftLease[],
): Promise<readonly LeftLease[]> {
  if (from.length === 0 || outcome === 'abandoned') return from;
  // The outcome stands: a cancel must not cut the asking short.
  const waits: Waits = { ...waitsOf(state), cancelled: () => null };
  const silence = state.decision ? 0 : Math.min(longestSilence, requestOf(state).unreachableWait);
  for (let held = from, wait = silence; ; wait = 0) {
    held = await askHolders(state, waits, held, wait);
    if (held.length === 0) break;
    const end = await stayBlocked(waits, reasonOf(outcome, held), held.map(blockedLease));
    if (end) return leave(state, held, end.reason);
  }
  closeGate(state);
  return [];
}

async function askHolders(
  state: RunState,
  waits: Waits,
  held: readonly LeftLease[],
  wait: number,
): Promise<readonly LeftLease[]> {
  const locks = inOrder(state).filter(({ cluster }) => held.some((lease) => lease.cluster === cluster));
  const asked = await everywhere(locks, async (lock) => {
    const what = `${lock.cluster} release`;
    const answer = await ask(waits, what, wait, () => release(state, lock));
    forget(state, `unreachable/${what}`);
    return answer.kind === 'answer' ? [] : [leftLease(lock, answer.reason)];
  });
  return asked.flat();
}

async function release(state: RunState, { cluster, lockNamespace }: Omit<LockInput, 'run'>): Promise<void> {
  const input = { run: identityOf(state), cluster, lockNamespace, journalHead: state.journal };
  const options = {
    taskQueue: queueOf(state, cluster),
    summary: `${cluster} release`,
    stretch: 'beforePivot',
  } as const;
  try {
    await callActivity('releaseLock', input, options);
  } catch (error) {
    throw stepFailureOf(error);
  }
  state.locks = state.locks.filter((lock) => lock.cluster !== cluster);
}

function leave(state: RunState, held: readonly LeftLease[], reason: string): readonly LeftLease[] {
  const names = held.map(({ cluster, lease }) => `Lease ${lease} in ${cluster}`).join(', ');
  note(state, { key: 'waiting', mark: 'done', title: 'waited', text: `left as it is: ${names}` });
  return held.map((lease) => ({ ...lease, reason }));
}

function leftLease({ cluster, lease }: Lock, reason: string): LeftLease {
  return { cluster, lease, reason };
}

function reasonOf(outcome: Ending['outcome'], held: readonly LeftLease[]): string {
  const leases = held.map(({ cluster, lease, reason }) => `Lease ${lease} in ${cluster}: ${reason}`);
  return `the outcome is ${outcome}, but not given back: ${leases.join('; ')}`;
}

function blockedLease({ cluster, lease, reason }: LeftLease): BlockedObject {
  return {
    target: cluster,
    object: `Lease/${lease}`,
    expected: 'given back',
    actual: 'held, as far as is known',
    why: reason,
  };
}
