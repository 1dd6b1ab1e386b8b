import { equal, type JsonObject, numberAt, objectAt, put } from '../json.ts';
import { controllerOf, labelsOf, nameOf, namespaceOf, uidOf } from '../meta.ts';
import type { Actor } from './actor.ts';
import { hashName, ownerReference } from './owning.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const HASH_LABEL = 'controller.kubernetes.io/hash';

const numberOf = (revision: JsonObject): number => numberAt(revision, 'revision') ?? 0;

/** The ControllerRevisions of a StatefulSet or DaemonSet, oldest first. */
export function revisionsOf(actor: Actor, owner: JsonObject): JsonObject[] {
  return actor
    .list('controllerrevisions', namespaceOf(owner))
    .filter((revision) => controllerOf(revision)?.uid === uidOf(owner))
    .sort((left, right) => numberOf(left) - numberOf(right));
}

/** The revision of the owner's template as it is now. One that was there before is used again, as the newest. */
export function currentRevision(actor: Actor, owner: JsonObject): JsonObject {
  const revisions = revisionsOf(actor, owner);
  const data = { spec: { template: { ...objectAt(owner, 'spec', 'template'), $patch: 'replace' } } };
  const next = Math.max(0, ...revisions.map(numberOf)) + 1;
  const known = revisions.find((revision) => equal(revision.data, data));
  if (known === undefined) return createRevision(actor, owner, { data, number: next });
  if (numberOf(known) < next - 1) actor.modify('controllerrevisions', known, (draft) => put(draft, ['revision'], next));
  return known;
}

function createRevision(
  actor: Actor,
  owner: JsonObject,
  { data, number }: { data: JsonObject; number: number },
): JsonObject {
  const hash = hashName(data);
  return actor.create('controllerrevisions', namespaceOf(owner), {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${nameOf(owner)}-${hash}`,
      labels: { ...labelsOf(objectAt(owner, 'spec', 'template')), [HASH_LABEL]: hash },
      ownerReferences: [ownerReference(owner)],
    },
    data,
    revision: number,
  });
}

export const hashOf = (revision: JsonObject): string => String(labelsOf(revision)[HASH_LABEL]);

/** The template a revision stands for. */
export function templateOf(revision: JsonObject): JsonObject {
  const { $patch: _patch, ...template } = objectAt(revision, 'data', 'spec', 'template');
  return template;
}

/** Removes the oldest revisions that nobody uses, beyond the owner's history limit. */
export function dropRevisions(actor: Actor, owner: JsonObject, used: readonly unknown[]): void {
  const limit = numberAt(owner, 'spec', 'revisionHistoryLimit') ?? 10;
  const idle = revisionsOf(actor, owner).filter(
    (revision) => !used.includes(nameOf(revision)) && !used.includes(hashOf(revision)),
  );
  for (const revision of idle.slice(0, Math.max(0, idle.length - limit))) actor.remove('controllerrevisions', revision);
}
