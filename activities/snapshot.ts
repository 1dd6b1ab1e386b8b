import { unseenTypes } from '../src/domain/census.ts';
import {
  controllerOf,
  describeRef,
  isTerminating,
  refOf,
  resourceVersionOf,
  uidOf,
} from '../src/domain/kubernetes/identity.ts';
import { healthBaseline } from '../src/domain/kubernetes/workloads.ts';
import type { SnapshotActivities, SnapshotCheck, SnapshotPart, TakeSnapshotInput } from '../src/schema/activities.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import type { Member, Part, SnapshotDocument } from '../src/schema/stored.ts';
import { beating } from './beating.ts';
import { takeCensus, withNamespacesOf } from './census.ts';
import { type Collected, type Collection, collect, collectChildren } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { fail, via } from './failures.ts';
import { fingerprints } from './fingerprints.ts';
import { knownOf } from './health-knowledge.ts';
import { describeChange, identify } from './identify.ts';
import { ownersOf } from './owners.ts';
import { scalersIn } from './scalers.ts';

export function createSnapshotActivities(deps: Dependencies): SnapshotActivities {
  const { snapshots } = deps;
  return {
    takeSnapshot: (input) => beating(() => takePart(deps, input)),
    sealSnapshot: async ({ request, parts }) => {
      const document: SnapshotDocument = {
        version: 1,
        request,
        parts: byTarget(parts, (part) => ({ ...part.part })),
        takenAt: byTarget(parts, (part) => part.serverTime),
        clusterIds: byTarget(parts, (part) => part.clusterId),
        objects: parts.reduce((sum, part) => sum + part.objects, 0),
      };
      const ref = await via('store', () => snapshots.putDocument('snapshots', document));
      return toSnapshot(ref, document);
    },
    checkSnapshot: ({ snapshot, clusterIds }) => beating(() => check(deps, snapshot, clusterIds)),
  };
}

function byTarget<T>(parts: readonly SnapshotPart[], value: (part: SnapshotPart) => T): Record<string, T> {
  return Object.fromEntries(parts.map((part) => [part.target, value(part)]));
}

function toSnapshot(snapshot: Ref, { parts, takenAt, clusterIds, objects }: SnapshotDocument): Snapshot {
  return { snapshot, parts, takenAt, clusterIds, objects };
}

/** One pass over one target. The blobs are stored before the part that names them. */
async function takePart(deps: Dependencies, input: TakeSnapshotInput): Promise<SnapshotPart> {
  const { target, request } = input;
  const cluster = await via('cluster', async () => deps.clusters(target.cluster));
  const earlier = input.alsoMembersOf ? await documentsOf(deps.snapshots).part(input.alsoMembersOf) : null;
  const { releases } = deps;
  const question = { cluster, target, request, releases, earlier: earlier?.members.map(({ ref }) => ref) ?? null };
  const identity = await identify(cluster, earlier);
  const [collection, evidence] = await Promise.all([
    collect(question),
    input.purpose === 'baseline'
      ? Promise.all([
          takeCensus(cluster, target),
          collectChildren(cluster, target.namespace),
          scalersIn(cluster, target),
        ])
      : null,
  ]);
  if (input.purpose === 'baseline') rejectChildren(collection, cluster.name);
  const objects = collection.members.map(({ object }) => object);
  const known = await knownOf(deps, { cluster, request, members: objects });
  const members = await storeMembers(deps, collection.members);
  const refs = [...members.map(({ ref }) => ref), ...collection.absent];
  const census = evidence && (await withNamespacesOf(evidence[0], refs, { cluster, target }));
  const part: Part = {
    version: 1,
    application: request.application,
    environment: request.environment,
    target,
    clusterId: identity.uid,
    serverTime: identity.serverTime,
    members,
    absences: collection.absent.map((ref) => ({ ...ref })),
    census,
    ...(census ? { unseen: unseenTypes(census, target, collection.unreadable) } : {}),
    health: evidence ? mutable(healthBaseline(objects, evidence[1], Date.parse(identity.serverTime), known)) : null,
  };
  const ref = await via('store', () => deps.snapshots.putDocument('parts', part));
  const owners = input.purpose === 'state' || !request.owners ? {} : { owners: await ownersOf(cluster, objects) };
  return {
    target: target.id,
    part: ref,
    clusterId: identity.uid,
    objects: part.members.length,
    serverTime: identity.serverTime,
    ...fingerprints(deps.snapshots, objects, target),
    ...owners,
  };
}

async function storeMembers({ snapshots }: Dependencies, collected: readonly Collected[]): Promise<Member[]> {
  const blobs = await via('store', () => snapshots.putObjects(collected.map(({ object }) => object)));
  return collected.map(({ object, because, of }, index) => ({
    ref: refOf(object),
    uid: uidOf(object),
    resourceVersion: resourceVersionOf(object),
    blob: blobs[index] ?? '',
    terminating: isTerminating(object),
    because,
    ...(of === undefined ? {} : { of }),
  }));
}

/** Named by a person who expects it to be restored: its parent does that, or undoes it. */
function rejectChildren({ children }: Collection, cluster: string): void {
  const [child] = children;
  const parent = child && controllerOf(child);
  if (!parent) return;
  const name = describeRef(refOf(child));
  throw fail(
    'ScopeUnreadable',
    `cluster ${cluster}: ${name} in scope.refs is made by ${parent.kind}/${parent.name}, which would undo a restore of it; name ${parent.kind}/${parent.name} instead`,
  );
}

function mutable(health: ReturnType<typeof healthBaseline>): NonNullable<Part['health']> {
  const { objects, restarts, brokenPods, brokenRevisions, generations } = health;
  return {
    objects: { ...objects },
    restarts: { ...restarts },
    brokenPods: [...brokenPods],
    brokenRevisions: { ...brokenRevisions },
    generations: { ...generations },
  };
}

/** Three answers: a rollback target is usable, missing or corrupt, and every byte of it was read to say so. */
async function check(
  deps: Dependencies,
  ref: Ref,
  clusterIds: Readonly<Record<string, string>>,
): Promise<SnapshotCheck> {
  try {
    const documents = documentsOf(deps.snapshots);
    const document = await documents.snapshot(ref);
    const reason = whyElsewhere(document, clusterIds);
    if (reason !== null) return { kind: 'from another cluster', reason };
    for (const part of Object.values(document.parts)) {
      const { members } = await documents.part(part);
      await via('store', () => deps.snapshots.readObjects(members.map(({ blob }) => blob)));
    }
    return { kind: 'usable', snapshot: toSnapshot(ref, document) };
  } catch (error) {
    return verdictOn(error);
  }
}

/** A target that the snapshot does not have is a target of another shape of the application. */
function whyElsewhere(document: SnapshotDocument, clusterIds: Readonly<Record<string, string>>): string | null {
  const [target, now] = Object.entries(clusterIds).find(([id, uid]) => document.clusterIds[id] !== uid) ?? [];
  if (target === undefined || now === undefined) return null;
  const was = document.clusterIds[target];
  return was === undefined ? `it has no target ${target}` : `target ${target} ${describeChange(was, now)}`;
}

function verdictOn(error: unknown): SnapshotCheck {
  const type = (error as { type?: unknown }).type;
  const reason = error instanceof Error ? error.message : String(error);
  if (type === 'SnapshotMissing') return { kind: 'missing', reason };
  if (type === 'SnapshotCorrupt') return { kind: 'corrupt', reason };
  throw error;
}
