import { immutableCauses } from './immutable-fields.ts';
import { jobSelectorCauses } from './job-selector.ts';
import { encode, equal, type Json, type JsonObject, numberAt, objectAt, objectsAt, textAt, textsAt } from './json.ts';
import type { Kind } from './kinds.ts';
import { deletionTimeOf, finalizersOf, isTerminating, labelsOf, nameOf, uidOf } from './meta.ts';
import { labelSelectorMatches } from './selectors.ts';
import type { Cause } from './status-errors.ts';

const required = (field: string, detail = ''): Cause => ({
  reason: 'FieldValueRequired',
  message: detail === '' ? 'Required value' : `Required value: ${detail}`,
  field,
});

export const invalidValue = (field: string, value: Json | undefined, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${encode(value ?? null)}: ${why}`,
  field,
});

const forbiddenField = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});

/** What is wrong with a new object. */
export function creationCauses(kind: Kind, draft: JsonObject): Cause[] {
  const once = kind.custom === undefined ? (CREATION[kind.kind]?.(draft) ?? []) : [];
  return [...nameCauses(kind, draft), ...finalizerCauses(draft), ...once, ...contentCauses(kind, draft)];
}

/** What is wrong with a change. */
export function updateCauses(kind: Kind, draft: JsonObject, live: JsonObject): Cause[] {
  const content = equal(draft.spec, live.spec) ? [] : contentCauses(kind, draft);
  return [
    ...identityCauses(draft, live),
    ...newFinalizerCauses(draft, live),
    ...content,
    ...immutableCauses(kind, draft, live),
  ];
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function nameCauses(kind: Kind, draft: JsonObject): Cause[] {
  const name = nameOf(draft);
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  const isFree = kind.group === 'rbac.authorization.k8s.io';
  return isFree || (SUBDOMAIN.test(name) && name.length <= 253)
    ? []
    : [invalidValue('metadata.name', name, SUBDOMAIN_RULE)];
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];
const UNQUALIFIED = 'name is neither a standard finalizer name nor is it fully qualified';

function finalizerCauses(draft: JsonObject): Cause[] {
  return finalizersOf(draft).flatMap((name, position) =>
    name.includes('/') || name.includes('.') || STANDARD_FINALIZERS.includes(name)
      ? []
      : [invalidValue(`metadata.finalizers[${position}]`, name, UNQUALIFIED)],
  );
}

function identityCauses(draft: JsonObject, live: JsonObject): Cause[] {
  const changed = (field: string, value: Json | undefined) => [
    invalidValue(`metadata.${field}`, value, 'field is immutable'),
  ];
  return [
    ...(uidOf(draft) === uidOf(live) ? [] : changed('uid', uidOf(draft))),
    ...(nameOf(draft) === nameOf(live) ? [] : changed('name', nameOf(draft))),
    ...(deletionTimeOf(draft) === deletionTimeOf(live) ? [] : changed('deletionTimestamp', deletionTimeOf(draft))),
  ];
}

function newFinalizerCauses(draft: JsonObject, live: JsonObject): Cause[] {
  const known = finalizersOf(live);
  const added = finalizersOf(draft).filter((finalizer) => !known.includes(finalizer));
  if (!isTerminating(live) || added.length === 0) return finalizerCauses(draft);
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [forbiddenField('metadata.finalizers', why)];
}

function contentCauses(kind: Kind, draft: JsonObject): Cause[] {
  if (kind.custom !== undefined) return [];
  return CONTENT[kind.kind]?.(draft) ?? [];
}

const CONTENT: Record<string, (draft: JsonObject) => Cause[]> = {
  Deployment: (draft) => [...selectorCauses(draft), ...templateCauses(draft)],
  ReplicaSet: (draft) => [...selectorCauses(draft), ...templateCauses(draft)],
  StatefulSet: (draft) => [...selectorCauses(draft), ...templateCauses(draft)],
  DaemonSet: (draft) => [...selectorCauses(draft), ...templateCauses(draft)],
  Job: templateCauses,
  Pod: (draft) => containerCauses(objectAt(draft, 'spec'), 'spec'),
  Service: (draft) =>
    objectsAt(draft, 'spec', 'ports').flatMap((port, position) =>
      port.port === undefined ? [required(`spec.ports[${position}].port`)] : [],
    ),
  HorizontalPodAutoscaler: (draft) =>
    (numberAt(draft, 'spec', 'maxReplicas') ?? 0) > 0
      ? []
      : [invalidValue('spec.maxReplicas', draft.spec, 'must be greater than 0')],
  CustomResourceDefinition: definitionCauses,
};

/** Checked on creation only. */
const CREATION: Record<string, (draft: JsonObject) => Cause[]> = {
  Job: jobSelectorCauses,
  CustomResourceDefinition: definitionNameCauses,
};

function selectorCauses(draft: JsonObject): Cause[] {
  const selector = objectAt(draft, 'spec', 'selector');
  const labels = labelsOf(objectAt(draft, 'spec', 'template'));
  const isEmpty = Object.keys(selector).length === 0;
  const isMatching = !isEmpty && labelSelectorMatches(selector, labels);
  return [
    ...(isEmpty ? [required('spec.selector')] : []),
    ...(isMatching
      ? []
      : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]),
  ];
}

function templateCauses(draft: JsonObject): Cause[] {
  return containerCauses(objectAt(draft, 'spec', 'template', 'spec'), 'spec.template.spec');
}

function containerCauses(spec: JsonObject, path: string): Cause[] {
  const containers = objectsAt(spec, 'containers');
  if (containers.length === 0) return [required(`${path}.containers`)];
  return containers.flatMap((container, position) => [
    ...(textAt(container, 'name') ? [] : [required(`${path}.containers[${position}].name`)]),
    ...(textAt(container, 'image') ? [] : [required(`${path}.containers[${position}].image`)]),
  ]);
}

function definitionCauses(draft: JsonObject): Cause[] {
  const names = objectsAt(draft, 'spec', 'versions').map((version) => textAt(version, 'name') ?? '');
  const lost = textsAt(draft, 'status', 'storedVersions').findIndex((version) => !names.includes(version));
  return lost < 0 ? [] : [missingVersion(draft, lost)];
}

function definitionNameCauses(draft: JsonObject): Cause[] {
  const expected = `${textAt(draft, 'spec', 'names', 'plural')}.${textAt(draft, 'spec', 'group')}`;
  if (nameOf(draft) === expected) return [];
  return [invalidValue('metadata.name', nameOf(draft), 'must be spec.names.plural+"."+spec.group')];
}

function missingVersion(draft: JsonObject, position: number): Cause {
  const version = textsAt(draft, 'status', 'storedVersions')[position];
  const why =
    'missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in it and removes it from status.storedVersions';
  return invalidValue(`status.storedVersions[${position}]`, version, why.replace('v1', version ?? ''));
}
