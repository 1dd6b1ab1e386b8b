import { canonicalText, pointersInLive } from '../src/domain/kubernetes/canonical.ts';
import { describeChange } from '../src/domain/kubernetes/describe-change.ts';
import { describeRef } from '../src/domain/kubernetes/identity.ts';
import { foreignOwners } from '../src/domain/kubernetes/ownership.ts';
import { compareRefs } from '../src/domain/kubernetes/stages.ts';
import type { DescribeInput, PlanActivities } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ForeignView, ObjectView, PlanDescription } from '../src/schema/plan-view.ts';
import type { PlanItem } from '../src/schema/stored.ts';
import { beating } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf, required } from './documents.ts';

export function createPlanActivities(deps: Dependencies): PlanActivities {
  return { describePlan: (input) => beating(() => describePlan(deps, input)) };
}

/** Reads a stored plan and tells of it what may be told. */
async function describePlan(deps: Dependencies, input: DescribeInput): Promise<PlanDescription> {
  const documents = documentsOf(deps.snapshots);
  const items = (await documents.plan(input.plan)).items.filter(({ verdict }) => verdict !== 'noop');
  const blobs = items.flatMap(({ baseline, live }) => [baseline, live].filter((blob) => blob !== null));
  const objects = await documents.objects(blobs);
  const content = (blob: string | null) => (blob === null ? null : required(objects.get(blob), blob));
  const views = [...items]
    .sort((one, other) => compareRefs(one.ref, other.ref))
    .map((item) => viewOf({ item, live: content(item.live), baseline: content(item.baseline) }, input.window));
  const sorted = views.sort((one, other) => rankOf(one) - rankOf(other));
  return { target: input.target.id, ...fitInto(sorted, input.bytes) };
}

interface Open {
  readonly item: PlanItem;
  readonly live: KubeObject | null;
  readonly baseline: KubeObject | null;
}

function viewOf(open: Open, window: DescribeInput['window']): ObjectView {
  const { ref, verdict, reason } = open.item;
  const fields = isShown(open) ? describeChange(open.live, open.baseline) : [];
  return {
    object: describeRef(ref),
    verdict,
    reason,
    foreign: foreignTo(open, window),
    fields: fields.slice(0, mostFields),
    cut: Math.max(0, fields.length - mostFields),
  };
}

const mostFields = 30;

/** What stays as it is has no diff, whatever else the baseline may say. */
function isShown({ item, live, baseline }: Open): boolean {
  return (live !== null && baseline !== null) || ['create', 'recreate', 'prune'].includes(item.verdict);
}

/** One line per writer and time: a whole object written by hand is one change, not thirty. */
function foreignTo({ live, baseline }: Open, window: DescribeInput['window']): readonly ForeignView[] {
  if (!live || !baseline || canonicalText(live) === canonicalText(baseline)) return [];
  const found = foreignOwners({ live, pointers: pointersInLive(baseline, live), window, deployers: [] });
  const views = found.map(({ owner, pointer }) => ({ pointer, manager: owner.manager, time: owner.time }));
  const firsts = new Map(views.reverse().map((view) => [`${view.manager} ${view.time}`, view]));
  return [...firsts.values()].reverse().slice(0, mostWriters);
}

const mostWriters = 5;

function rankOf({ foreign, verdict }: ObjectView): number {
  if (foreign.length > 0) return 0;
  return verdict === 'refuse' ? 1 : 2;
}

/** An object that does not fit loses its fields first; one that still does not is only counted. */
function fitInto(views: readonly ObjectView[], bytes: number): Omit<PlanDescription, 'target'> {
  const objects: ObjectView[] = [];
  let room = bytes;
  for (const view of views) {
    const fitting = [view, withoutFields(view)].find((form) => sizeOf(form) <= room);
    if (!fitting) continue;
    objects.push(fitting);
    room -= sizeOf(fitting);
  }
  return { objects, cut: views.length - objects.length };
}

function withoutFields(view: ObjectView): ObjectView {
  return { ...view, fields: [], cut: view.cut + view.fields.length };
}

/** With the comma after it. */
function sizeOf(view: ObjectView): number {
  return Buffer.byteLength(JSON.stringify(view)) + 1;
}
