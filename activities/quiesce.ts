import { canonicalText } from '../src/domain/kubernetes/canonical.ts';
import { refKey, refOf, uidOf } from '../src/domain/kubernetes/identity.ts';
import { latestWriter } from '../src/domain/kubernetes/ownership.ts';
import { describeManager } from '../src/domain/owners/managers.ts';
import type { QuietReport, RollbackActivities } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import { rest } from './beating.ts';
import { collect } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { via } from './failures.ts';
import { identify } from './identify.ts';
import { nameOf } from './members.ts';

type Question = Parameters<RollbackActivities['quiesce']>[0];

const quietFor = 2000;
const lookEvery = 400;
/** After this long somebody is writing on purpose: a person is told who. */
const patience = 20_000;

interface Look {
  readonly objects: readonly KubeObject[];
  readonly texts: ReadonlyMap<string, string>;
  readonly serverTime: string;
}

/**
 * Looks until nobody's content has changed for two seconds; controllers move status, which is no content. The answer's
 * time is when the quiet began: every later write is a newcomer's, not the deploy's.
 */
export async function quiesceTarget(deps: Dependencies, input: Question): Promise<QuietReport> {
  const part = input.alsoMembersOf ? await documentsOf(deps.snapshots).part(input.alsoMembersOf) : null;
  await identify(await via('cluster', async () => deps.clusters(input.target.cluster)), part);
  const earlier = part?.members.map(({ ref }) => ref) ?? null;
  const until = performance.now() + patience;
  let quietSince = performance.now();
  let first = await look(deps, input, earlier);
  for (;;) {
    await rest(lookEvery);
    const now = await look(deps, input, earlier);
    const moved = movedObject(first, now);
    if (!moved && performance.now() - quietSince >= quietFor) return { kind: 'quiet', serverTime: first.serverTime };
    if (!moved) continue;
    if (performance.now() >= until)
      return { kind: 'busy', object: moved.object, manager: moved.manager, serverTime: now.serverTime };
    first = now;
    quietSince = performance.now();
  }
}

async function look(
  deps: Dependencies,
  { target, request }: Question,
  earlier: readonly ObjectRef[] | null,
): Promise<Look> {
  const cluster = await via('cluster', async () => deps.clusters(target.cluster));
  const collection = await collect({ cluster, target, request, releases: deps.releases, earlier });
  const { serverTime } = await via('cluster', () => cluster.identity());
  const objects = collection.members.map(({ object }) => object);
  const { ignore } = target.scope;
  const texts = new Map(objects.map((object) => [instanceOf(object), canonicalText(object, ignore)]));
  return { objects, serverTime, texts };
}

function movedObject(before: Look, now: Look): { object: string; manager: string } | null {
  const changed = now.objects.find(
    (object) => before.texts.get(instanceOf(object)) !== now.texts.get(instanceOf(object)),
  );
  if (changed) return { object: nameOf(changed), manager: managerOf(changed) };
  const gone = before.objects.find((object) => !now.texts.has(instanceOf(object)));
  return gone ? { object: nameOf(gone), manager: 'somebody who deletes it' } : null;
}

function managerOf(object: KubeObject): string {
  const writer = latestWriter(object);
  return writer ? describeManager(writer.manager) : 'an unknown writer';
}

/** An object deleted and made anew is another one. */
function instanceOf(object: KubeObject): string {
  return `${refKey(refOf(object))} ${uidOf(object)}`;
}
