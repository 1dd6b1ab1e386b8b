import { canonical, encode, equal, isObject, type Json, type JsonObject, objectAt, objectsAt, textAt } from './json.ts';

/**
 * Field ownership, in the server's own format. A field set is held as path texts: `f:spec␀f:replicas`.
 * A container (map, keyed list, list item) is a member of the set too; it is printed as `.`.
 */
type FieldSet = Set<string>;
type Leaves = Map<string, string>;

const SEPARATOR = '\u0000';

/** Lists merged by key in built-in kinds; every other list counts as one value. */
const LIST_KEYS: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  podIPs: ['ip'],
  hostIPs: ['ip'],
};

/** Keyed lists whose items count as one value each. */
const ATOMIC_ITEMS = new Set(['ownerReferences', 'imagePullSecrets', 'secrets']);

const ATOMIC_MAPS = new Set([
  'selector',
  'labelSelector',
  'podSelector',
  'nodeSelector',
  'configMapKeyRef',
  'secretKeyRef',
  'fieldRef',
  'resourceFieldRef',
  'roleRef',
  'involvedObject',
]);

/** Structs that exist in every object of their kind, so nobody adds them. */
const ALWAYS_THERE = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'strategy',
  'updateStrategy',
  'jobTemplate',
  'containers',
  'scaleTargetRef',
  'names',
  'acceptedNames',
  'loadBalancer',
]);

const UNTRACKED_METADATA = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
]);

export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: '' | 'status' | 'scale';
  readonly time: string;
  readonly schema: 'builtIn' | 'custom';
}

export interface OwnershipChange {
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** The entries to start from: those of the live object, or the list the request gave. */
  readonly entries: readonly JsonObject[];
  readonly writer: Writer;
}

/**
 * The writer gains every leaf it changed or added; everybody loses what was changed or removed. Once an existing
 * object has no entry at all, plain writes are not tracked any more.
 */
export function nextManagedFields({ before, after, entries, writer }: OwnershipChange): JsonObject[] {
  if (entries.length === 0 && Object.keys(before).length > 0) return [];
  const change = compare(leavesOf(before, writer), leavesOf(after, writer));
  const kept = entries.map((entry) => without(entry, change.touched)).filter((entry) => entry !== undefined);
  if (change.gained.size === 0) return kept.sort(byOperationAndTime);
  const own = kept.find((entry) => isOwn(entry, writer));
  const gained = new Set([...(own === undefined ? [] : setOf(own)), ...change.gained]);
  return [...kept.filter((entry) => entry !== own), entryOf(writer, gained)].sort(byOperationAndTime);
}

function isOwn(entry: JsonObject, writer: Writer): boolean {
  return (
    entry.operation === 'Update' &&
    entry.manager === writer.manager &&
    entry.apiVersion === writer.apiVersion &&
    (textAt(entry, 'subresource') ?? '') === writer.subresource
  );
}

function byOperationAndTime(left: JsonObject, right: JsonObject): number {
  return orderKey(left) < orderKey(right) ? -1 : 1;
}

function orderKey(entry: JsonObject): string {
  return ['operation', 'time', 'manager', 'subresource'].map((key) => textAt(entry, key) ?? '').join(' ');
}

/** A scale write leaves no time, as on the real server. */
function entryOf(writer: Writer, fields: FieldSet): JsonObject {
  return {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    ...(writer.subresource === 'scale' ? {} : { time: writer.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: printSet(fields),
    ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
  };
}

function without(entry: JsonObject, touched: FieldSet): JsonObject | undefined {
  const before = setOf(entry);
  const left = new Set([...before].filter((path) => !touched.has(path)));
  if (left.size === 0) return undefined;
  return left.size === before.size ? entry : { ...entry, fieldsV1: printSet(left) };
}

function compare(before: Leaves, after: Leaves): { gained: FieldSet; touched: FieldSet } {
  const gained = new Set([...after.keys()].filter((path) => before.get(path) !== after.get(path)));
  const removed = [...before.keys()].filter((path) => !after.has(path));
  return { gained, touched: new Set([...gained, ...removed]) };
}

function leavesOf(object: JsonObject, writer: Writer): Leaves {
  const leaves: Leaves = new Map();
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined || key === 'apiVersion' || key === 'kind') continue;
    collect({ leaves, schema: writer.schema }, [`f:${key}`], key, key === 'metadata' ? tracked(value) : value);
  }
  return leaves;
}

function tracked(metadata: Json): Json {
  const entries = Object.entries(metadata as JsonObject).filter(([key]) => !UNTRACKED_METADATA.has(key));
  return Object.fromEntries(entries);
}

interface Collector {
  readonly leaves: Leaves;
  readonly schema: Writer['schema'];
}

function collect(to: Collector, path: string[], name: string, value: Json): void {
  if (Array.isArray(value)) collectList(to, path, name, value);
  else if (isObject(value) && !isAtomic(to, name)) collectMap(to, path, name, value);
  else to.leaves.set(path.join(SEPARATOR), value === null ? CONTAINER : canonical(value));
}

const CONTAINER = '{}';

const isAtomic = (to: Collector, name: string): boolean => to.schema === 'builtIn' && ATOMIC_MAPS.has(name);

function collectMap(to: Collector, path: string[], name: string, value: JsonObject): void {
  if (!isAlwaysThere(to, path, name)) to.leaves.set(path.join(SEPARATOR), CONTAINER);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) collect(to, [...path, `f:${key}`], key, item);
  }
}

function isAlwaysThere(to: Collector, path: string[], name: string): boolean {
  if (to.schema === 'custom') return path.length === 1 && name === 'metadata';
  return ALWAYS_THERE.has(name) || (name === 'resources' && path.length === 2);
}

function collectList(to: Collector, path: string[], name: string, items: Json[]): void {
  const keys = listKeys(to, path, name, items);
  if (keys === 'set') collectSet(to, path, items);
  else if (keys === undefined) to.leaves.set(path.join(SEPARATOR), canonical(items));
  else collectKeyed(to, path, { name, keys, items: items as JsonObject[] });
}

function collectSet(to: Collector, path: string[], items: Json[]): void {
  to.leaves.set(path.join(SEPARATOR), CONTAINER);
  for (const item of items) to.leaves.set([...path, `v:${encode(item)}`].join(SEPARATOR), CONTAINER);
}

function collectKeyed(
  to: Collector,
  path: string[],
  list: { name: string; keys: readonly string[]; items: JsonObject[] },
): void {
  if (!ALWAYS_THERE.has(list.name)) to.leaves.set(path.join(SEPARATOR), CONTAINER);
  for (const item of list.items) {
    const itemPath = [...path, `k:${canonical(Object.fromEntries(list.keys.map((key) => [key, item[key]])))}`];
    if (ATOMIC_ITEMS.has(list.name)) to.leaves.set(itemPath.join(SEPARATOR), canonical(item));
    else collectMap(to, itemPath, '', item);
  }
}

function listKeys(to: Collector, path: string[], name: string, items: Json[]): readonly string[] | 'set' | undefined {
  const inMetadata = path.length === 2 && path[0] === 'f:metadata';
  if (inMetadata && name === 'finalizers') return 'set';
  if (!inMetadata && to.schema === 'custom') return undefined;
  if (path.length === 1 && name === 'imagePullSecrets') return undefined;
  const keys = name === 'ports' ? portKeys(items) : LIST_KEYS[name];
  const isKeyed =
    keys?.length !== undefined && items.every((item) => isObject(item) && keys.every((key) => item[key] !== undefined));
  return isKeyed ? keys : undefined;
}

function portKeys(items: Json[]): readonly string[] {
  const first = items[0];
  return isObject(first) && first.containerPort !== undefined ? ['containerPort', 'protocol'] : ['port', 'protocol'];
}

function setOf(entry: JsonObject): FieldSet {
  const fields: FieldSet = new Set();
  readSet(objectAt(entry, 'fieldsV1'), [], fields);
  return fields;
}

function readSet(node: JsonObject, path: string[], into: FieldSet): void {
  for (const key of Object.keys(node)) {
    if (key === '.') into.add(path.join(SEPARATOR));
    else readChild(objectAt(node, key), [...path, key], into);
  }
}

function readChild(node: JsonObject, path: string[], into: FieldSet): void {
  if (Object.keys(node).length === 0) into.add(path.join(SEPARATOR));
  else readSet(node, path, into);
}

interface Node {
  isMember: boolean;
  readonly children: Map<string, Node>;
}

function printSet(fields: FieldSet): JsonObject {
  const root: Node = { isMember: false, children: new Map() };
  for (const path of fields) insert(root, path.split(SEPARATOR)).isMember = true;
  return printNode(root);
}

function insert(root: Node, path: string[]): Node {
  let here = root;
  for (const part of path) {
    const next = here.children.get(part) ?? { isMember: false, children: new Map() };
    here.children.set(part, next);
    here = next;
  }
  return here;
}

function printNode(node: Node): JsonObject {
  const children = [...node.children].sort(([left], [right]) => (left < right ? -1 : 1));
  const self: [string, Json][] = node.isMember && children.length > 0 ? [['.', {}]] : [];
  return Object.fromEntries([...self, ...children.map(([key, child]): [string, Json] => [key, printNode(child)])]);
}

/** Whether two objects differ in nothing, or in nothing but the times of their managedFields entries. */
export function differOnlyInTimes(left: JsonObject, right: JsonObject): boolean {
  return equal(timeless(left), timeless(right));
}

function timeless(object: JsonObject): JsonObject {
  const entries = objectsAt(object, 'metadata', 'managedFields').map((entry) => ({ ...entry, time: undefined }));
  return {
    ...object,
    metadata: { ...objectAt(object, 'metadata'), resourceVersion: undefined, managedFields: entries },
  };
}
