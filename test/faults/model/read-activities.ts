import type {
  PlanInput,
  SnapshotPart,
  TakeSnapshotInput,
  VerifyInput,
  VerifyReport,
} from '../../../src/schema/activities.ts';
import type { BlockedObject } from '../../../src/schema/outcome.ts';
import type { PlanStage, PlanSummary, Snapshot } from '../../../src/schema/plan.ts';
import { application, census } from './application.ts';
import { list } from './cluster-requests.ts';
import type { Stored } from './clusters.ts';
import { type Item, keep, type Part, type Plan, recall } from './documents.ts';
import type { Caller } from './requests.ts';

type Objects = Readonly<Record<string, Stored>>;

export const refTo = (id: string) => ({ id, digest: id, bytes: 1 });

const time = '2026-01-01T00:00:00Z';

/** What belongs to the application, and what the deploy has put there. */
function membersOf(objects: Objects): Objects {
  const isMember = ([name, { writer }]: [string, Stored]) =>
    application.some((one) => one.name === name) || writer === 'deployer';
  return Object.fromEntries(Object.entries(objects).filter(isMember));
}

/** Equal exactly when nothing has moved. */
function fingerprint(objects: Objects, by: 'version' | 'content'): string {
  return JSON.stringify(Object.entries(objects).map(([name, one]) => [name, one.uid, one[by]]));
}

const fingerprints = (objects: Objects) => ({
  versions: fingerprint(objects, 'version'),
  contents: fingerprint(objects, 'content'),
});

export async function takeSnapshot(caller: Caller, { target }: TakeSnapshotInput): Promise<SnapshotPart> {
  const objects = membersOf(await list(caller));
  const { versions, contents } = fingerprints(objects);
  const part: Part = { target: target.id, objects };
  const id = await keep(caller, `part ${target.id} ${versions}`, part);
  return {
    target: target.id,
    part: refTo(id),
    clusterId: `uid-${target.id}`,
    objects: Object.keys(objects).length,
    versions,
    contents,
    serverTime: time,
  };
}

export async function sealSnapshot(caller: Caller, parts: readonly SnapshotPart[]): Promise<Snapshot> {
  const byTarget = <T>(value: (part: SnapshotPart) => T) =>
    Object.fromEntries(parts.map((part) => [part.target, value(part)]));
  const snapshot: Snapshot = {
    snapshot: refTo(`snapshot ${parts.map(({ part }) => part.id).join(' ')}`),
    parts: byTarget(({ part }) => part),
    takenAt: byTarget(() => time),
    clusterIds: byTarget(({ clusterId }) => clusterId),
    objects: parts.reduce((sum, { objects }) => sum + objects, 0),
  };
  await keep(caller, snapshot.snapshot.id, snapshot);
  return snapshot;
}

export async function planRestore(caller: Caller, input: PlanInput): Promise<PlanSummary> {
  const read = async (id: string) => {
    const snapshot = await recall<Snapshot>(caller, id);
    return await recall<Part>(caller, snapshot.parts[input.target.id]?.id ?? '');
  };
  const [baseline, failed] = [await read(input.baseline.id), await read(input.failedState.id)];
  const names = [...new Set([...Object.keys(baseline.objects), ...Object.keys(failed.objects)])].sort();
  const items = names.map((object) => itemOf(object, baseline.objects[object] ?? null, failed.objects[object] ?? null));
  const plan: Plan = { items, stages: stagesOf(items) };
  const id = await keep(caller, `plan ${input.target.id} ${input.failedState.id}`, plan);
  const refused = items.flatMap((item) => whyNot(item, caller.world.trial.bug === 'prune without census'));
  return { ...summaryOf(plan, input.target.id), plan: refTo(id), refused };
}

function itemOf(object: string, baseline: Stored | null, failed: Stored | null): Item {
  return { object, verdict: verdictOf(object, baseline, failed), baseline, failed };
}

function verdictOf(object: string, baseline: Stored | null, failed: Stored | null): Item['verdict'] {
  if (!baseline) return 'prune';
  if (!failed) return 'create';
  if (baseline.content === failed.content && baseline.owned === failed.owned) return 'noop';
  return application.find(({ name }) => name === object)?.isMadeAnew ? 'recreate' : 'update';
}

/** A change that is not the deploy's is nobody's to undo, and what was there before the deploy is not ours to delete. */
function whyNot({ object, verdict, failed }: Item, ignoresCensus: boolean): PlanSummary['refused'] {
  if (verdict === 'prune' && census.includes(object) && !ignoresCensus)
    return [{ object, reason: 'existing object was adopted, its former content is unknown' }];
  const isForeign = verdict !== 'noop' && failed?.writer === 'somebody else';
  return isForeign ? [{ object, reason: 'changed by somebody else' }] : [];
}

function stagesOf(items: readonly Item[]): Plan['stages'] {
  const of = (does: PlanStage['does'], stage: string, order: number, those: (item: Item) => boolean) => {
    const found = items.filter(those);
    return found.length > 0 ? [{ stage, order, does, items: found }] : [];
  };
  const isHome = (stage: string) => (item: Item) =>
    ['update', 'create'].includes(item.verdict) &&
    application.some((one) => one.name === item.object && one.stage === stage);
  const isGoing = ({ verdict }: Item) => verdict === 'prune' || verdict === 'recreate';
  return [
    ...of('write', 'configuration', 4000, isHome('configuration')),
    ...of('write', 'workloads', 6000, isHome('workloads')),
    ...of('delete', 'prune', 21_000, isGoing),
    ...of('write', 'recreate', 23_000, ({ verdict }) => verdict === 'recreate'),
  ];
}

function summaryOf({ items, stages }: Plan, target: string): Omit<PlanSummary, 'plan' | 'refused'> {
  const count = (verdict: Item['verdict']) => items.filter((item) => item.verdict === verdict).length;
  const [noop, update, create] = [count('noop'), count('update'), count('create')];
  return {
    target,
    digest: 'nobody asks',
    counts: { noop, update, create, recreate: count('recreate'), prune: count('prune'), leave: 0, refuse: 0 },
    stages: stages.map(({ stage, order, does, items: own }) => ({ stage, order, does, batches: [own.length] })),
    left: [],
    unsettled: [],
  };
}

export async function verifyTarget(caller: Caller, { target, plan: ref, expect }: VerifyInput): Promise<VerifyReport> {
  const plan = await recall<Plan>(caller, ref.id);
  const live = membersOf(await list(caller));
  const differences = plan.items.flatMap((item) =>
    differenceOf(item, live[item.object], { target: target.id, expect }),
  );
  const unknown = Object.keys(live).filter((name) => !plan.items.some(({ object }) => object === name));
  return {
    target: target.id,
    equal: plan.items.length - differences.length,
    differences: [...differences, ...unknown.map((name) => differs(target.id, name, 'not there', 'is there'))],
    ...fingerprints(live),
  };
}

interface Claim {
  readonly target: string;
  readonly expect: VerifyInput['expect'];
}

function differenceOf(item: Item, live: Stored | undefined, { target, expect }: Claim): readonly BlockedObject[] {
  const isOpen = expect === 'updates' && (item.verdict === 'prune' || item.verdict === 'recreate');
  const wanted = expect === 'failedState' ? item.failed : item.baseline;
  if (isOpen || textOf(live) === textOf(wanted)) return [];
  const expected = expect === 'failedState' ? 'failed state' : 'baseline';
  return [differs(target, item.object, wanted ? expected : 'gone', live?.content ?? 'gone')];
}

function textOf(object: Stored | null | undefined): string | null {
  return object ? `${object.content} ${object.owned}` : null;
}

function differs(target: string, object: string, expected: string, actual: string): BlockedObject {
  return { target, object, expected, actual, why: `is ${actual}, not ${expected}` };
}
