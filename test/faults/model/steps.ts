import type { Activities, BatchInput, UndoInput } from '../../../src/schema/activities.ts';
import type { Snapshot, WriteReport, WriteResult } from '../../../src/schema/plan.ts';
import type { Steps } from '../../../workflows/restore/steps.ts';
import { silentSteps } from '../../support/silent-steps.ts';
import { carryOut } from './attempts.ts';
import { identify, list, prove } from './cluster-requests.ts';
import { type Item, type Plan, recall } from './documents.ts';
import { planRestore, sealSnapshot, takeSnapshot, verifyTarget } from './read-activities.ts';
import { type Caller, request } from './requests.ts';
import { type ModelWorld, meetPerson } from './world.ts';
import { deleteItem, undoItem, writeItem } from './write-activities.ts';

type AnswerOf<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

type ActivitySteps = Omit<Pick<Steps, keyof Steps & keyof Activities>, 'record'>;

/** The protocol's steps over the model: what activities do, request by request, tried as Temporal tries them. */
export function modelSteps(world: ModelWorld): Steps {
  return {
    ...activitySteps(world),
    haltDeployer: async () => 'acknowledged',
    record: (event, step) =>
      carryOut(world, { step: 'record', target: '-', stage: null }, (caller) => append(caller, event, step)),
    ...waits(world),
    ...silentSteps(),
  };
}

/** After so many waits at a gate a person gives the run up. */
const mostWaits = 6;

function waits(world: ModelWorld): Pick<Steps, 'now' | 'sleep' | 'cancelled' | 'held' | 'left' | 'note' | 'decide'> {
  const { scheduler } = world;
  return {
    now: () => scheduler.now(),
    sleep: (duration) => scheduler.sleep(duration),
    cancelled: () => (world.isCancelled ? { by: 'mia', reason: 'changed my mind' } : null),
    held: () => null,
    left: () => [],
    note: () => undefined,
    decide: async (gate, recheck) => {
      await scheduler.sleep(recheck);
      meetPerson(world, gate);
      if (world.waits.length < mostWaits) return { kind: 'retry', by: 'mia' };
      return { kind: 'abandon', by: 'mia', reason: 'it does not get any better' };
    },
  };
}

async function append(caller: Caller, event: string, step: string): Promise<void> {
  const { journal } = caller.world;
  const effect = () => {
    if (!journal.includes(step)) journal.push(step);
  };
  await request(caller, { does: 'journal', object: event, effect });
}

function activitySteps(world: ModelWorld): ActivitySteps {
  const onTarget =
    <Name extends keyof ActivitySteps>(
      step: Name,
      work: (caller: Caller, input: Parameters<Activities[Name]>[0]) => Promise<AnswerOf<Name>>,
    ) =>
    (input: Parameters<Activities[Name]>[0]): Promise<AnswerOf<Name>> => {
      const { target, stage } = input as Partial<BatchInput>;
      const named = { step, target: target?.id ?? '-', stage: stage ?? null };
      return carryOut(world, named, (caller) => work(caller, input));
    };
  return {
    identifyCluster: ({ cluster }) =>
      carryOut(world, { step: 'identifyCluster', target: cluster, stage: null }, (caller) => identify(caller)),
    takeSnapshot: onTarget('takeSnapshot', takeSnapshot),
    sealSnapshot: onTarget('sealSnapshot', (caller, { parts }) => sealSnapshot(caller, parts)),
    checkSnapshot: onTarget('checkSnapshot', async (caller, { snapshot }) => ({
      kind: 'usable',
      snapshot: await recall<Snapshot>(caller, snapshot.id),
    })),
    quiesce: onTarget('quiesce', quiesce),
    planRestore: onTarget('planRestore', planRestore),
    proveBatch: onTarget('proveBatch', proveBatch),
    writeBatch: onTarget('writeBatch', (caller, input) => batch(caller, input, (item) => writeItem(caller, item))),
    deleteBatch: onTarget('deleteBatch', (caller, input) => batch(caller, input, (item) => deleteItem(caller, item))),
    undoBatch: onTarget('undoBatch', undoBatch),
    verifyTarget: onTarget('verifyTarget', verifyTarget),
    awaitHealthy: onTarget('awaitHealthy', async (caller) => {
      const objects = Object.keys(await list(caller)).length;
      return { target: caller.target, kind: 'healthy', objects };
    }),
    digestPlans: () => Promise.reject(new Error('nobody is asked to approve')),
    healWorkloads: () => Promise.reject(new Error('the model has no pods')),
    findOwners: () => Promise.reject(new Error('the model has no owners')),
    freezeCluster: () => Promise.reject(new Error('the model freezes nothing')),
    thawCluster: () => Promise.reject(new Error('the model freezes nothing')),
    pauseOwner: () => Promise.reject(new Error('the model has no owners')),
    resumeOwner: () => Promise.reject(new Error('the model has no owners')),
  };
}

const quietFor = 2000;

async function quiesce(caller: Caller): ReturnType<Activities['quiesce']> {
  const { scheduler } = caller.world;
  for (let look = 1; ; look++) {
    const before = JSON.stringify(await list(caller));
    await scheduler.sleep(quietFor);
    const isQuiet = JSON.stringify(await list(caller)) === before;
    if (isQuiet) return { kind: 'quiet', serverTime: 'now' };
    if (look === 10) return { kind: 'busy', object: '*', manager: 'somebody else', serverTime: 'now' };
  }
}

async function batchOf(caller: Caller, { plan: ref, stage }: BatchInput): Promise<readonly Item[]> {
  const plan = await recall<Plan>(caller, ref.id);
  return plan.stages.find((one) => one.stage === stage)?.items ?? [];
}

async function batch(
  caller: Caller,
  input: BatchInput,
  work: (item: Item) => Promise<WriteResult>,
): Promise<WriteReport> {
  const items = await batchOf(caller, input);
  return { target: input.target.id, results: await Promise.all(items.map(work)) };
}

function undoBatch(caller: Caller, input: UndoInput): Promise<WriteReport> {
  const isUnclear = (object: string) => input.unclear.includes('*') || input.unclear.includes(object);
  return batch(caller, input, (item) => undoItem(caller, item, isUnclear(item.object) ? 'unclear' : 'definite'));
}

async function proveBatch(caller: Caller, input: BatchInput): ReturnType<Activities['proveBatch']> {
  const items = await batchOf(caller, input);
  const moved = await Promise.all(items.map((item) => proveItem(caller, item)));
  return { target: input.target.id, proven: items.length, failed: [], deferred: [], moved: moved.flat() };
}

/** A conflict is no verdict on the content: the plan is made again. */
async function proveItem(caller: Caller, { object, failed }: Item): Promise<readonly string[]> {
  try {
    await prove(caller, object, failed);
    return [];
  } catch (error) {
    if ((error as { kind?: unknown }).kind === 'conflict') return [object];
    throw error;
  }
}
