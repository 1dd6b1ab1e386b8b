import { sleep } from '@temporalio/workflow';
import { counted } from '../src/domain/counted.ts';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { IdentifiedCluster, Resolution, SnapshotPart, TakeSnapshotInput } from '../src/schema/activities.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import { workQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { everywhere } from './restore/everywhere.ts';
import { readTwice } from './restore/read-twice.ts';
import { identityOf, locksOf, note, queueOf, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';

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
  await everywhere(locksOf(state), async (input) => {
    const summary = `${input.cluster} acquire`;
    const lock = await callActivity('acquireLock', input, {
      taskQueue: queueOf(state, input.cluster),
      summary,
      stretch: 'beforePivot',
    });
    state.locks = [...state.locks.filter((held) => held.cluster !== lock.cluster), lock];
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

/** Reads all targets until nothing moved between two passes, and seals what was read as one snapshot. */
export async function takeSnapshot(
  state: RunState,
  purpose: TakeSnapshotInput['purpose'],
  alsoMembersOf: Readonly<Record<string, Ref>> = {},
): Promise<Snapshot> {
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
      return await callActivity(
        'sealSnapshot',
        { run, request, parts },
        { taskQueue: workQueue, summary: counted(parts.length, 'target'), stretch: 'beforePivot' },
      );
    }
    if (round === 3)
      throw new StepFailure(
        'StillMoving',
        `objects keep changing in ${collected.targets.join(', ')}: no single instant could be observed`,
      );
    await sleep(2000, { summary: 'objects are moving: read again' });
  }
}

export type Accepted = Extract<Resolution, { kind: 'accepted' }>;
