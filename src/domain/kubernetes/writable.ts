import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import { sameContent } from './canonical.ts';
import { carry, withKey, without, withoutKeys } from './edit.ts';
import {
  boundPaths,
  caBundlePaths,
  isGeneratedSecret,
  isIgnoredAnnotation,
  isIgnoredFinalizer,
  isIgnoredLabel,
  isServiceAccount,
  pathsDroppedOnCreate,
  secretLists,
  serverFields,
} from './field-rules.ts';
import { type Ignore, withLiveIgnored } from './ignore.ts';
import { asList, asRecord, asText, at } from './json.ts';
import { isBuiltIn } from './kinds.ts';
import { creatorOf, ownersOf } from './ownership.ts';

/**
 * Body of the PUT that makes `live` equal to `snapshot`. The caller adds the fence. Finalizers that only live has stay,
 * so what a dry run must answer is this body's canonical text, not the snapshot's. Ignored fields stay as live has them.
 */
export function forUpdate(snapshot: KubeObject, live: KubeObject, ignore: Ignore = []): KubeObject {
  const content = withKey(snapshot, 'status', isBuiltIn(snapshot) ? undefined : at(snapshot, 'status'));
  const bound = boundPaths(snapshot).reduce<JsonObject>((form, path) => carry(form, live, path), content);
  const trusted = caBundlePaths(snapshot).reduce((form, path) => carry(form, live, path, liveElseOwn), bound);
  const whole = isServiceAccount(snapshot) ? withGeneratedSecrets(trusted, live) : trusted;
  const body = withMetadata(whole, updatedMetadata(asRecord(at(whole, 'metadata')), live));
  return withLiveIgnored(body, live, ignore);
}

/** Whether nothing is left to put back; unlike `sameContent` it lets live have finalizers of its own. */
export function isPutBack(snapshot: KubeObject, live: KubeObject, ignore: Ignore = []): boolean {
  return sameContent(forUpdate(snapshot, live, ignore), live, ignore);
}

/**
 * Body of the POST that creates the object anew. Owner references keep the uids of the snapshot: pass it through
 * {@link remapOwners}, or an owner that was re-created takes the object with it (garbage collection).
 */
export function forCreate(snapshot: KubeObject): KubeObject {
  const content = withKey(snapshot, 'status', undefined);
  const unbound = pathsDroppedOnCreate(snapshot).reduce<JsonObject>(without, content);
  const whole = isServiceAccount(snapshot) ? withDeclaredSecrets(unbound) : unbound;
  return withMetadata(whole, createdMetadata(asRecord(at(whole, 'metadata')), snapshot));
}

export interface OwnerName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Gives owner references the uids their owners have now; a reference whose owner is gone is dropped and named. */
export function remapOwners(
  object: KubeObject,
  uidNow: (owner: OwnerName) => string | undefined,
): { readonly object: KubeObject; readonly dropped: readonly OwnerName[] } {
  const references = asList(object.metadata.ownerReferences).map((reference) => {
    const owner = ownerNameOf(reference);
    return { reference, owner, uid: uidNow(owner) };
  });
  const kept = references.flatMap(({ reference, uid }) => (uid ? [withKey(asRecord(reference), 'uid', uid)] : []));
  const metadata = withKey(object.metadata, 'ownerReferences', orAbsent(kept));
  const dropped = references.filter(({ uid }) => !uid).map(({ owner }) => owner);
  return { object: withMetadata(object, metadata), dropped };
}

function ownerNameOf(reference: Json): OwnerName {
  const { apiVersion, kind, name } = asRecord(reference);
  return { apiVersion: asText(apiVersion) ?? '', kind: asText(kind) ?? '', name: asText(name) ?? '' };
}

/** `apiVersion`, `kind` and `metadata.name` come from a KubeObject and are never edited. */
function withMetadata(object: JsonObject, metadata: JsonObject): KubeObject {
  return withKey(object, 'metadata', metadata) as KubeObject;
}

function orAbsent(list: readonly Json[]): Json | undefined {
  return list.length === 0 ? undefined : list;
}

function updatedMetadata(metadata: JsonObject, live: KubeObject): JsonObject {
  const parts: Readonly<Record<string, Json | undefined>> = {
    labels: mergedKeys(at(metadata, 'labels'), live.metadata.labels, isIgnoredLabel),
    annotations: mergedKeys(at(metadata, 'annotations'), live.metadata.annotations, isIgnoredAnnotation),
    finalizers: orAbsent(mergedFinalizers(asList(at(metadata, 'finalizers')), asList(live.metadata.finalizers))),
    ownerReferences: orAbsent(liveOwners(at(metadata, 'ownerReferences'), live)),
  };
  return withParts(metadata, parts);
}

function createdMetadata(metadata: JsonObject, snapshot: KubeObject): JsonObject {
  const parts: Readonly<Record<string, Json | undefined>> = {
    labels: mergedKeys(at(metadata, 'labels'), undefined, isIgnoredLabel),
    annotations: mergedKeys(at(metadata, 'annotations'), undefined, isDroppedOnCreate),
    finalizers: orAbsent(declaredFinalizers(snapshot)),
  };
  return withParts(metadata, parts);
}

function withParts(metadata: JsonObject, parts: Readonly<Record<string, Json | undefined>>): JsonObject {
  const own = withoutKeys(metadata, (key) => serverFields.has(key));
  return Object.entries(parts).reduce((form, [key, value]) => withKey(form, key, value), own);
}

/** Without it nobody knows any more which driver must delete the storage behind a volume. */
function isDroppedOnCreate(annotation: string): boolean {
  return annotation !== 'pv.kubernetes.io/provisioned-by' && isIgnoredAnnotation(annotation);
}

function mergedKeys(
  own: Json | undefined,
  live: Json | undefined,
  ignored: (key: string) => boolean,
): Json | undefined {
  const kept = withoutKeys(asRecord(own), ignored);
  const merged = { ...kept, ...withoutKeys(asRecord(live), (key) => !ignored(key)) };
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** A finalizer that only live has guards something its controller still must clean up: removing it would leak that. */
function mergedFinalizers(own: readonly Json[], live: readonly Json[]): readonly Json[] {
  const kept = own.filter((name) => !isIgnoredFinalizer(String(name)));
  return [...kept, ...live.filter((name) => !kept.includes(name))];
}

/** The object as it stands right after its creation: finalizers of controllers come back by themselves. */
export function asCreated(snapshot: KubeObject): KubeObject {
  return withMetadata(snapshot, withKey(snapshot.metadata, 'finalizers', orAbsent(declaredFinalizers(snapshot))));
}

/** The body without these finalizers. */
export function withoutFinalizers(body: KubeObject, names: readonly string[]): KubeObject {
  const left = asList(body.metadata.finalizers).filter((name) => !names.includes(String(name)));
  return withMetadata(body, withKey(body.metadata, 'finalizers', orAbsent(left)));
}

/** The others are put back by their controllers; one without its controller would block deletion for ever. */
function declaredFinalizers(snapshot: KubeObject): readonly Json[] {
  const creator = creatorOf(snapshot);
  return asList(snapshot.metadata.finalizers).filter((_, index) =>
    ownersOf(snapshot, `/metadata/finalizers/${index}`).some(
      (owner) => owner.operation === 'Apply' || owner.manager === creator?.manager,
    ),
  );
}

function liveOwners(own: Json | undefined, live: KubeObject): readonly Json[] {
  const known = asList(live.metadata.ownerReferences);
  return asList(own).map((reference) => {
    const now = known.find((other) => isSameOwner(other, reference));
    return now === undefined ? reference : withKey(asRecord(reference), 'uid', at(now, 'uid'));
  });
}

function isSameOwner(a: Json, b: Json): boolean {
  return at(a, 'kind') === at(b, 'kind') && at(a, 'name') === at(b, 'name');
}

/** Keeps the snapshot's bundle where live has none: a webhook without one rejects everything. */
function liveElseOwn(own: Json | undefined, live: Json | undefined): Json | undefined {
  return live ?? own;
}

function withGeneratedSecrets(body: JsonObject, live: KubeObject): JsonObject {
  return secretLists.reduce((form, key) => {
    const generated = asList(at(live, key)).filter((item) => isGeneratedSecret(live.metadata.name, item));
    const own = asList(at(withDeclaredSecrets(body), key));
    return withKey(form, key, orAbsent([...own, ...generated]));
  }, body);
}

function withDeclaredSecrets(body: JsonObject): JsonObject {
  const account = asText(at(body, 'metadata', 'name')) ?? '';
  return secretLists.reduce((form, key) => {
    const declared = asList(at(body, key)).filter((item) => !isGeneratedSecret(account, item));
    return withKey(form, key, orAbsent(declared));
  }, body);
}
