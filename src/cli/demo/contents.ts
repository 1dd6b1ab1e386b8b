import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { clusters } from './places.ts';

/** Read with `fetch` and compared by eye's rules: nothing of the engine, which could repeat its own mistake. */
export type Contents = ReadonlyMap<string, unknown>;

type JsonObject = Record<string, unknown>;

const collections = [
  '/api/v1/namespaces/shop/configmaps',
  '/api/v1/namespaces/shop/secrets',
  '/api/v1/namespaces/shop/services',
  '/apis/apps/v1/namespaces/shop/deployments',
  '/apis/shop.example/v1/namespaces/shop/storefronts',
];

/** Every object of the shop's kinds in all clusters, by `cluster/kind/name`, without what servers keep for themselves. */
export async function readContents(kubeconfig: string): Promise<Contents> {
  const listed = await listEverywhere(kubeconfig, collections);
  return new Map(
    listed.flatMap(({ cluster, kind, items }) => items.filter(isOurs).map((item) => entry(`${cluster}/${kind}`, item))),
  );
}

/** Each namespace is given this one by the cluster itself. */
function isOurs({ metadata }: JsonObject): boolean {
  return asObject(metadata).name !== 'kube-root-ca.crt';
}

function entry(prefix: string, object: JsonObject): [string, unknown] {
  return [`${prefix}/${String(asObject(object.metadata).name)}`, essence(object)];
}

/** What a person would call the same object. */
export function essence(object: JsonObject): JsonObject {
  const { status: _status, metadata, ...content } = object;
  const { uid, resourceVersion, generation, managedFields, creationTimestamp, annotations, ...named } =
    asObject(metadata);
  const { 'deployment.kubernetes.io/revision': _revision, ...notes } = asObject(annotations);
  return { ...content, metadata: { ...named, annotations: notes } };
}

/** Names of the objects that are not as they were. */
export function differences(before: Contents, after: Contents): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)))
    .map((name) => {
      if (!after.has(name)) return `${name} is missing`;
      return before.has(name) ? `${name} has another content` : `${name} was not there before`;
    });
}

/** Waits until every Deployment runs what it should. */
export async function awaitHealthy(kubeconfig: string, signal: AbortSignal): Promise<void> {
  for (let patience = 300; patience > 0; patience -= 1) {
    const listed = await listEverywhere(kubeconfig, ['/apis/apps/v1/namespaces/shop/deployments']);
    if (listed.every(({ items }) => items.length > 0 && items.every(isHealthy))) return;
    await delay(100, undefined, { signal });
  }
  throw new Error('the shop did not become healthy');
}

function isHealthy({ metadata, spec, status }: JsonObject): boolean {
  const { observedGeneration, replicas, updatedReplicas, availableReplicas } = asObject(status);
  const wanted = asObject(spec).replicas;
  const isSeen = observedGeneration === asObject(metadata).generation;
  return isSeen && [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted);
}

interface Listed {
  readonly cluster: string;
  readonly kind: string;
  readonly items: readonly JsonObject[];
}

async function listEverywhere(kubeconfig: string, paths: readonly string[]): Promise<Listed[]> {
  const config = parse(await readFile(kubeconfig, 'utf8')) as JsonObject;
  const asked = clusters.flatMap((cluster) => paths.map((path) => list(config, cluster, path)));
  return await Promise.all(asked);
}

async function list(config: JsonObject, cluster: string, path: string): Promise<Listed> {
  const server = asObject(named(config.clusters, cluster).cluster).server;
  const { user } = asObject(named(config.contexts, cluster).context);
  const { token } = asObject(named(config.users, String(user)).user);
  const answer = await fetch(`${String(server)}${path}`, { headers: { Authorization: `Bearer ${String(token)}` } });
  if (!answer.ok) throw new Error(`${cluster}: GET ${path}: ${answer.status}`);
  const body = (await answer.json()) as JsonObject;
  return { cluster, kind: path.split('/').at(-1) ?? '', items: body.items as JsonObject[] };
}

function named(entries: unknown, name: string): JsonObject {
  return (entries as JsonObject[]).find((candidate) => candidate.name === name) ?? {};
}

function asObject(value: unknown): JsonObject {
  return (value ?? {}) as JsonObject;
}
