import { sleep } from '@temporalio/workflow';
import { counted } from '../src/domain/counted.ts';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { Lock, Resolution, SnapshotPart, TakeSnapshotInput } from '../src/schema/activities.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import { workQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { everywhere } from './restore/everywhere.ts';
import { readTwice } from './restore/read-twice.ts';
import { identityOf, locksOf, note, queueOf, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';

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
  assertDistinct(state.locks);
  note(state, {
    key: 'locked',
    mark: 'done',
    title: 'locked',
    text: locksOf(state)
      .map(({ cluster }) => cluster)
      .join(' '),
  });
}

/** Two names for one cluster would make "all clusters or none" a lie. */
function assertDistinct(locks: readonly Lock[]): void {
  const ids = locks.map((lock) => lock.clusterId);
  const twice = locks.find((lock, index) => ids.indexOf(lock.clusterId) !== index);
  if (twice)
    throw new StepFailure(
      'SameCluster',
      `cluster ${twice.cluster} is the same cluster as another target's; give it one name`,
    );
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
