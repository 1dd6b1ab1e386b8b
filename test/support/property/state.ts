import { at, type Json, type JsonObject, objectAt, objectsAt, textAt } from '../../../src/sandbox/index.ts';
import type { LabClient } from '../../lab/client.ts';
import { collectionOf, type Kind } from './kinds.ts';

/** Objects as the server answers them, by `<Kind>/<name>`. */
export type State = ReadonlyMap<string, JsonObject>;

const everybodyHas: readonly string[] = ['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt'];

/** Everything of these kinds in the namespace that no controller has made, in scope or not. */
export async function readState(admin: LabClient, namespace: string, kinds: readonly Kind[]): Promise<State> {
  const lists = await Promise.all(
    kinds.map(async (kind) => (await admin.list(collectionOf(kind, namespace))).map((item) => [kind, item] as const)),
  );
  const named = lists.flat().map(([{ kind }, item]) => [`${kind}/${nameOf(item)}`, item] as const);
  return new Map(named.filter(([key, item]) => !everybodyHas.includes(key) && !isMadeByController(item)));
}

function nameOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'name') ?? '';
}

function isMadeByController(object: JsonObject): boolean {
  return objectsAt(object, 'metadata', 'ownerReferences').some(({ controller }) => controller === true);
}

/** What of an object must be as before, each as a text: a difference shows both. */
interface Essence {
  readonly content: unknown;
  readonly ownership: readonly string[];
}

/** Written apart from the engine's canonical form, which it is to judge. */
function essenceOf(state: State): Record<string, Essence> {
  const scaledNames = [...state].flatMap(([key, object]) =>
    key.startsWith('HorizontalPodAutoscaler/') ? (textAt(object, 'spec', 'scaleTargetRef', 'name') ?? []) : [],
  );
  return Object.fromEntries(
    [...state].map(([key, object]) => {
      const isScaled = scaledNames.some((name) => key === `Deployment/${name}`);
      return [key, { content: contentOf(object, isScaled), ownership: ownershipOf(object, isScaled) }];
    }),
  );
}

/** Counted up by controllers, whatever is written. */
const counters: readonly string[] = ['deployment.kubernetes.io/revision', 'deprecated.daemonset.template.generation'];
const serverFields: readonly string[] = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields'];

function contentOf(object: JsonObject, isScaled: boolean): unknown {
  const { status: _status, metadata: _metadata, ...rest } = object;
  const metadata = omit(objectAt(object, 'metadata'), serverFields);
  const { annotations: _annotations, ownerReferences: _references, ...kept } = metadata;
  const spec = objectAt(object, 'spec');
  return {
    ...rest,
    ...(isScaled ? { spec: omit(spec, ['replicas']) } : {}),
    metadata: {
      ...kept,
      annotations: omit(objectAt(object, 'metadata', 'annotations'), counters),
      owners: objectsAt(object, 'metadata', 'ownerReferences').map((owner) => omit(owner, ['uid'])),
    },
  };
}

/** Who applied what: only that keeps anybody from a later write. Times are the server's own. */
function ownershipOf(object: JsonObject, isScaled: boolean): string[] {
  const entries = objectsAt(object, 'metadata', 'managedFields').filter(({ operation }) => operation === 'Apply');
  return entries
    .map(({ manager, apiVersion, subresource, fieldsV1 }) =>
      JSON.stringify([
        manager,
        apiVersion,
        subresource ?? null,
        sorted(isScaled ? withoutReplicas(fieldsV1) : fieldsV1),
      ]),
    )
    .sort();
}

function withoutReplicas(fields: Json | undefined): Json {
  const spec = omit(objectAt(fields, 'f:spec'), ['f:replicas']);
  return { ...(fields as JsonObject), 'f:spec': spec };
}

function omit(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function sorted(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner as Json)]));
}

/** Objects that are not as they were, each with both sides of what differs. */
export function differencesOf(before: State, after: State): string[] {
  const [was, is] = [essenceOf(before), essenceOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
    (['content', 'ownership'] as const).flatMap((part) => {
      const [one, other] = [textOf(was[key]?.[part]), textOf(is[key]?.[part])];
      return one === other ? [] : [`${key} ${part}: ${one} is now ${other}`];
    }),
  );
}

function textOf(value: unknown): string {
  return JSON.stringify(sorted((value ?? 'nothing') as Json));
}

/** References to owners that are not the ones there now. */
export function strayOwners(state: State): string[] {
  const uids = new Set([...state.values()].map((object) => textAt(object, 'metadata', 'uid')));
  return [...state].flatMap(([key, object]) =>
    objectsAt(object, 'metadata', 'ownerReferences')
      .filter(({ uid }) => !uids.has(uid as string))
      .map((owner) => `${key} is owned by a former ${String(owner.kind)}/${String(owner.name)}`),
  );
}

/** Whether everything that is wanted is there; what else there is does not matter. Lists fit item by item. */
export function holds(live: Json | undefined, wanted: Json | undefined): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => holds(live[index], item))
    );
  if (typeof wanted !== 'object' || wanted === null) return live === wanted;
  return Object.entries(wanted).every(([key, inner]) => holds(at(live ?? null, key), inner));
}
