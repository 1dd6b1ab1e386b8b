import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import { differences, type FieldChange, type ValueChange, valueDifferences } from './differences.ts';
import { withKey, without, withoutKeys } from './edit.ts';
import {
  boundPaths,
  caBundlePaths,
  isGeneratedSecret,
  isIgnoredAnnotation,
  isIgnoredFinalizer,
  isIgnoredLabel,
  isServiceAccount,
  secretLists,
  serverFields,
} from './field-rules.ts';
import { type Ignore, withoutIgnored } from './ignore.ts';
import { asList, asRecord, asText, at, canonicalJson, isList, isRecord } from './json.ts';

/**
 * What two states of one object are compared by, and what is hashed: everything a restore puts back. It repeats Secret
 * data, so it is never stored or shown, only hashed. Whoever compares for a target passes its `scope.ignore`.
 */
export function canonicalText(object: KubeObject, ignore: Ignore = []): string {
  return canonicalJson(canonicalForm(object, ignore));
}

export function sameContent(a: KubeObject, b: KubeObject, ignore: Ignore = []): boolean {
  return canonicalText(a, ignore) === canonicalText(b, ignore);
}

/**
 * JSON pointers at which the canonical forms differ, never values. List items are counted in `to`, removed ones in
 * `from`; to ask for owners take {@link pointersInLive}.
 */
export function changedPointers(from: KubeObject, to: KubeObject, ignore: Ignore = []): readonly string[] {
  return changedFields(from, to, ignore).map((field) => field.pointer);
}

/** Where `live` differs from `target`, as positions in `live`, less what live lacks: for asking who owns it there. */
export function pointersInLive(target: KubeObject, live: KubeObject, ignore: Ignore = []): readonly string[] {
  return changedFields(target, live, ignore)
    .filter((field) => field.change !== 'removed')
    .map((field) => field.pointer);
}

/** Like {@link changedPointers}, saying for each whether `to` added, removed or changed it. */
export function changedFields(from: KubeObject, to: KubeObject, ignore: Ignore = []): readonly FieldChange[] {
  return differences(canonicalForm(from, ignore), canonicalForm(to, ignore));
}

/** Like {@link changedFields}, with values: only for objects that were redacted first. */
export function changedValues(from: KubeObject, to: KubeObject, ignore: Ignore = []): readonly ValueChange[] {
  return valueDifferences(canonicalForm(from, ignore), canonicalForm(to, ignore));
}

/** Positions in lists of objects stay those of the raw object, so that pointers fit it. */
function canonicalForm(object: KubeObject, ignore: Ignore): JsonObject {
  const content = withKey(withoutIgnored(object, ignore), 'status', undefined);
  const unbound = [...boundPaths(object), ...caBundlePaths(object)].reduce<JsonObject>(without, content);
  const accounts = isServiceAccount(object) ? declaredSecrets(unbound, object.metadata.name) : unbound;
  return withKey(accounts, 'metadata', canonicalMetadata(asRecord(at(unbound, 'metadata'))));
}

const metadataForms: Readonly<Record<string, (value: Json | undefined) => Json>> = {
  labels: (value) => withoutKeys(asRecord(value), isIgnoredLabel),
  annotations: (value) => withoutKeys(asRecord(value), isIgnoredAnnotation),
  finalizers: finalizerSet,
  ownerReferences: (value) => asList(value).map(ownerName),
};

function canonicalMetadata(metadata: JsonObject): JsonObject {
  const own = withoutKeys(metadata, (key) => serverFields.has(key));
  return Object.entries(metadataForms).reduce(
    (form, [key, toForm]) => withKey(form, key, orAbsent(toForm(at(own, key)))),
    own,
  );
}

/** An emptied map and a missing one are the same to an API server. */
function orAbsent(value: Json): Json | undefined {
  if (isList(value)) return value.length === 0 ? undefined : value;
  return isRecord(value) && Object.keys(value).length === 0 ? undefined : value;
}

function finalizerSet(value: Json | undefined): Json {
  const names = asList(value).flatMap((name) => asText(name) ?? []);
  return names.filter((name) => !isIgnoredFinalizer(name)).sort();
}

function ownerName(reference: Json): string {
  return `${asText(at(reference, 'kind'))}/${asText(at(reference, 'name'))}`;
}

function declaredSecrets(object: JsonObject, account: string): JsonObject {
  return secretLists.reduce((form, key) => withKey(form, key, orAbsent(declared(at(object, key), account))), object);
}

/** As texts: generated items move the declared ones about, so positions mean nothing. */
function declared(list: Json | undefined, account: string): Json {
  const items = asList(list).filter((item) => !isGeneratedSecret(account, item));
  return items.map(canonicalJson);
}
