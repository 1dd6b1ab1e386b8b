import { at, encode, equal, type Json, type JsonObject, mapValues, objectAt, omit, textAt } from './json.ts';
import type { Kind } from './kinds.ts';
import type { Cause } from './status-errors.ts';

/** The refusals for fields that may not change once an object exists. */
export function immutableCauses(kind: Kind, draft: JsonObject, live: JsonObject): Cause[] {
  if (kind.custom !== undefined) return [];
  return RULES[kind.kind]?.flatMap((rule) => rule(draft, live)) ?? [];
}

type Rule = (draft: JsonObject, live: JsonObject) => Cause[];

function fixed(...path: string[]): Rule {
  return (draft, live) =>
    equal(at(draft, ...path), at(live, ...path)) ? [] : [changed(path.join('.'), at(draft, ...path))];
}

function changed(field: string, value: Json | undefined, why = 'field is immutable'): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${encode(value ?? null)}: ${why}`, field };
}

function forbidden(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

const SEALED = 'field is immutable when `immutable` is set';

function sealed(...fields: string[]): Rule {
  return (draft, live) => {
    if (live.immutable !== true) return [];
    const unsealed = draft.immutable === true ? [] : [forbidden('immutable', SEALED)];
    return [
      ...unsealed,
      ...fields.filter((field) => !equal(draft[field], live[field])).map((field) => forbidden(field, SEALED)),
    ];
  };
}

const STATEFUL_SET_CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

const STATEFUL_SET_REFUSAL =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** Fields with a refusal of their own; the others share one on `spec`. */
const STATEFUL_SET_NAMED = ['serviceName', 'selector', 'podManagementPolicy', 'volumeClaimTemplates'];

function statefulSetRest(draft: JsonObject, live: JsonObject): Cause[] {
  const rest = (object: JsonObject) =>
    omit(objectAt(object, 'spec'), ...STATEFUL_SET_CHANGEABLE, ...STATEFUL_SET_NAMED);
  return equal(rest(draft), rest(live)) ? [] : [forbidden('spec', STATEFUL_SET_REFUSAL)];
}

const CLAIM_REFUSAL =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function claimSpec(draft: JsonObject, live: JsonObject): Cause[] {
  const isBound = textAt(live, 'status', 'phase') === 'Bound';
  const rest = (object: JsonObject) =>
    omit(objectAt(object, 'spec'), ...(isBound ? ['resources', 'volumeAttributesClassName'] : []));
  const isSame = equal(rest(draft), rest(live)) || isBinding(draft, live);
  return [
    ...(isSame ? [] : [forbidden('spec', CLAIM_REFUSAL)]),
    ...(isBound ? shrink(draft, live) : []),
    ...claimMode(draft, live),
  ];
}

/** Refused once more, under a path of its own: the real server leaves `spec.` out. */
function claimMode(draft: JsonObject, live: JsonObject): Cause[] {
  const mode = at(draft, 'spec', 'volumeMode');
  return equal(mode, at(live, 'spec', 'volumeMode')) ? [] : [changed('volumeMode', mode)];
}

/** The one change a claim's spec may see: its volume's name, once. */
function isBinding(draft: JsonObject, live: JsonObject): boolean {
  const unnamed = (object: JsonObject) => omit(objectAt(object, 'spec'), 'volumeName');
  return textAt(live, 'spec', 'volumeName') === undefined && equal(unnamed(draft), unnamed(live));
}

function shrink(draft: JsonObject, live: JsonObject): Cause[] {
  const size = (object: JsonObject, ...path: string[]) => bytesOf(textAt(object, ...path) ?? '0');
  const asked = size(draft, 'spec', 'resources', 'requests', 'storage');
  return asked >= size(live, 'status', 'capacity', 'storage') ||
    asked >= size(live, 'spec', 'resources', 'requests', 'storage')
    ? []
    : [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

const UNITS: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function bytesOf(quantity: string): number {
  const [, digits = '0', unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(digits) * (UNITS[unit] ?? 1);
}

function clusterIp(draft: JsonObject, live: JsonObject): Cause[] {
  const isExternal = [draft, live].some((service) => textAt(service, 'spec', 'type') === 'ExternalName');
  const asked = at(draft, 'spec', 'clusterIPs');
  if (isExternal || equal(asked, at(live, 'spec', 'clusterIPs'))) return [];
  return [changed('spec.clusterIPs[0]', asked, 'may not change once set')];
}

function roleRef(draft: JsonObject, live: JsonObject): Cause[] {
  if (equal(draft.roleRef, live.roleRef)) return [];
  const { apiGroup, kind, name } = objectAt(draft, 'roleRef');
  return [changed('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name })];
}

const POD_REFUSAL =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

const POD_CHANGEABLE = ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds'];

function podSpec(draft: JsonObject, live: JsonObject): Cause[] {
  const rest = (pod: JsonObject) => mapValues(omit(objectAt(pod, 'spec'), ...POD_CHANGEABLE), withoutImages);
  return equal(rest(draft), rest(live)) ? [] : [forbidden('spec', POD_REFUSAL)];
}

function withoutImages(value: Json, key: string): Json {
  const isContainers = Array.isArray(value) && (key === 'containers' || key === 'initContainers');
  return isContainers ? value.map((container) => omit(container as JsonObject, 'image')) : value;
}

const RULES: Record<string, Rule[]> = {
  Deployment: [fixed('spec', 'selector')],
  ReplicaSet: [fixed('spec', 'selector')],
  DaemonSet: [fixed('spec', 'selector')],
  StatefulSet: [...STATEFUL_SET_NAMED.map((field) => fixed('spec', field)), statefulSetRest],
  Job: [
    fixed('spec', 'completions'),
    fixed('spec', 'selector'),
    fixed('spec', 'template'),
    fixed('spec', 'completionMode'),
  ],
  PersistentVolumeClaim: [claimSpec],
  Secret: [fixed('type'), sealed('data')],
  ConfigMap: [sealed('data', 'binaryData')],
  Service: [clusterIp],
  RoleBinding: [roleRef],
  ClusterRoleBinding: [roleRef],
  ControllerRevision: [fixed('data')],
  CustomResourceDefinition: [
    fixed('spec', 'group'),
    fixed('spec', 'scope'),
    fixed('spec', 'names', 'plural'),
    fixed('spec', 'names', 'kind'),
  ],
  Pod: [podSpec],
};
