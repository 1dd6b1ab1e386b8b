import { sleep } from '@temporalio/workflow';
import { counted } from '../src/domain/counted.ts';
import { isPassing, StepFailure } from '../src/domain/step-failure.ts';
import type {
  IdentifiedCluster,
  LockInput,
  Resolution,
  SnapshotCheck,
  SnapshotPart,
} from '../src/schema/activities.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import { workQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { everywhere } from './restore/everywhere.ts';
import { readTwice } from './restore/read-twice.ts';
import { identityOf, locksOf, note, queueOf, record, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';
import { stepFailureOf } from './step-failure.ts';

/**
 * Why the targets cannot be guarded together, or `null`: two names for one cluster would make "all clusters or none" a
 * lie, and both targets would write the same objects. Asked before any lock is taken.
 */
export async function sameClusterTwice(state: RunState): Promise<string | null> {
  const inputs = locksOf(state);
  if (inputs.length < 2) return null;
  const identified = await everywhere(inputs, ({ run, cluster }) =>
    callActivity(
      'identifyCluster',
      { run, cluster },
      { taskQueue: queueOf(state, cluster), summary: cluster, stretch: 'beforePivot' },
    ),
  );
  return whySame(identified);
}

function whySame(identified: readonly IdentifiedCluster[]): string | null {
  const ids = identified.map(({ clusterId }) => clusterId);
  const index = ids.findIndex((id, position) => ids.indexOf(id) !== position);
  const [first, second] = [identified[ids.indexOf(ids[index] ?? '')], identified[index]];
  if (!first || !second) return null;
  return `clusters ${first.cluster} and ${second.cluster} are one and the same (${first.clusterId}): use one of the two names for both targets`;
}

/** Takes the application's Lease in every cluster. What was taken is in the state even if another one fails. */
export async function lockEverywhere(state: RunState): Promise<void> {
  note(state, { key: 'locked', mark: 'running', title: 'lock', text: '' });
  await everywhere(locksOf(state), (input) => lock(state, input));
  await record(state, 'locked', 'locked', {
    clusters: state.locks.map(({ lease: _name, journalHead: _head, ...lock }) => lock),
  });
  note(state, {
    key: 'locked',
    mark: 'done',
    title: 'locked',
    text: locksOf(state)
      .map(({ cluster }) => cluster)
      .join(' '),
  });
}

/** Where no answer came it may have been taken all the same: it is given back in the end, too. */
async function lock(state: RunState, input: LockInput): Promise<void> {
  const { cluster } = input;
  const others = <T extends { readonly cluster: string }>(locks: readonly T[] = []) =>
    locks.filter((held) => held.cluster !== cluster);
  state.doubtfulLocks = [...others(state.doubtfulLocks), input];
  try {
    const taken = await callActivity('acquireLock', input, {
      taskQueue: queueOf(state, cluster),
      summary: `${cluster} acquire`,
      stretch: 'beforePivot',
    });
    state.locks = [...others(state.locks), taken];
    state.doubtfulLocks = others(state.doubtfulLocks);
  } catch (error) {
    const failure = stepFailureOf(error);
    if (!(failure instanceof StepFailure && isPassing(failure))) state.doubtfulLocks = others(state.doubtfulLocks);
    throw failure;
  }
}

interface Taken {
  readonly snapshot: Snapshot;
  readonly parts: readonly SnapshotPart[];
}

/** Reads all targets until nothing moved between two passes, and seals what was read as one snapshot to go back to. */
export async function takeSnapshot(state: RunState, alsoMembersOf: Readonly<Record<string, Ref>> = {}): Promise<Taken> {
  const purpose = 'baseline';
  const request = requestOf(state);
  const run = identityOf(state);
  for (let round = 1; ; round++) {
    const collected = await readTwice(
      request.targets,
      (target): Promise<SnapshotPart> =>
        callActivity(
          'takeSnapshot',
          { run, target, request, purpose, alsoMembersOf: alsoMembersOf[target.id] ?? null },
          { taskQueue: target.taskQueue, summary: `${target.id} ${purpose}`, stretch: 'beforePivot' },
        ),
    );
    if (collected.kind === 'still') {
      const parts = collected.readings;
      const snapshot = await callActivity(
        'sealSnapshot',
        { run, request, parts },
        { taskQueue: workQueue, summary: counted(parts.length, 'target'), stretch: 'beforePivot' },
      );
      return { snapshot, parts };
    }
    if (round === 3)
      throw new StepFailure(
        'StillMoving',
        `objects keep changing in ${collected.targets.join(', ')}: no single instant could be observed`,
      );
    await sleep(2000, { summary: 'objects are moving: read again' });
  }
}

/** A stored snapshot is usable if every byte of it can be read, and if it was taken from the clusters that are locked. */
export function checkHere(state: RunState, snapshot: Ref): Promise<SnapshotCheck> {
  const clusterIds = Object.fromEntries(
    state.targets.map(({ id, cluster }) => [id, state.locks.find((held) => held.cluster === cluster)?.clusterId ?? '']),
  );
  return callActivity(
    'checkSnapshot',
    { run: identityOf(state), snapshot, clusterIds },
    { taskQueue: workQueue, summary: snapshot.id.slice(0, 6), stretch: 'beforePivot' },
  );
}

export type Accepted = Extract<Resolution, { kind: 'accepted' }>;
