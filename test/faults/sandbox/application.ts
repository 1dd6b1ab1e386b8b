import { randomUUID } from 'node:crypto';
import { at, type Json, type JsonObject, type Sandbox, type SandboxCluster } from '../../../src/sandbox/index.ts';
import type { Content, Scenario } from '../trial.ts';

/** The application of one trial: a namespace of its own in every cluster, written by raw requests. */
export interface SandboxApplication {
  readonly name: string;
  /** API path of an object named as the engine does, `ConfigMap/settings`; of a kind alone, its collection's. */
  path(object: string): string;
  content(): Content;
  /** What the failed deploy does. */
  deploy(scenario: Scenario): Promise<void>;
}

export const targets = ['eu', 'us'] as const;

const plurals: Readonly<Record<string, string>> = { ConfigMap: 'configmaps', Secret: 'secrets', Service: 'services' };

interface Planned {
  readonly object: string;
  readonly baseline: JsonObject | null;
  /** `same`: the deploy leaves it alone. */
  readonly failed: JsonObject | null | 'same';
  /** Can only be changed by deleting it. */
  readonly isImmutable?: true;
}

const data = (value: string): JsonObject => ({ data: { value } });
const immutable = (value: string): JsonObject => ({ ...data(value), immutable: true });
const secret: JsonObject = { type: 'Opaque', data: { value: 'dG9rZW4=' } };
const service = (port: string): JsonObject => ({
  spec: { selector: { app: 'shop' }, ports: [{ port: 80, targetPort: port }] },
});

/** Changed, deleted, created, to be made anew, changed in a later stage, untouched. */
const plan: readonly Planned[] = [
  { object: 'ConfigMap/settings', baseline: data('v1'), failed: data('v2') },
  { object: 'Secret/token', baseline: secret, failed: null },
  { object: 'ConfigMap/canary', baseline: null, failed: data('v2') },
  { object: 'ConfigMap/frozen', baseline: immutable('v1'), failed: immutable('v2'), isImmutable: true },
  { object: 'Service/web', baseline: service('http'), failed: service('https') },
  { object: 'ConfigMap/banner', baseline: data('v1'), failed: 'same' },
];

export function isInPlan(object: string): boolean {
  return plan.some((one) => one.object === object && one.failed !== 'same');
}

/** Not in the baseline, not in the failed state, or made anew. */
export function mayBeDeleted(object: string): boolean {
  const found = plan.find((one) => one.object === object);
  return found !== undefined && (found.baseline === null || found.failed === null || found.isImmutable === true);
}

export async function installOnSandbox(sandbox: Sandbox): Promise<SandboxApplication> {
  const name = `app-${randomUUID().slice(0, 8)}`;
  const path = (object: string) => {
    const [kind = '', called] = object.split('/');
    return `/api/v1/namespaces/${name}/${plurals[kind]}${called === undefined ? '' : `/${called}`}`;
  };
  const clusters = targets.map((target) => sandbox.cluster(target));
  await Promise.all(clusters.map((cluster) => install(cluster, name, path)));
  return {
    name,
    path,
    deploy: async (scenario) => {
      await Promise.all(clusters.map((cluster) => deployTo(cluster, name, { path, scenario })));
    },
    content: () => contentIn(sandbox, path),
  };
}

type PathOf = SandboxApplication['path'];

function toObject(app: string, object: string, content: JsonObject): JsonObject {
  const [kind = '', name = ''] = object.split('/');
  return { apiVersion: 'v1', kind, metadata: { name, namespace: app, labels: { app } }, ...content };
}

async function install(cluster: SandboxCluster, app: string, path: PathOf): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: app } };
  await send(cluster, 'admin', { method: 'POST', path: '/api/v1/namespaces', body: namespace });
  const post = (object: string, body: JsonObject) =>
    send(cluster, 'admin', { method: 'POST', path: path(object.split('/')[0] ?? ''), body });
  const present = plan.flatMap(({ object, baseline }) => (baseline ? [toObject(app, object, baseline)] : []));
  await Promise.all(present.map((body) => post(String(body.kind), body)));
  await post('ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'veteran' }, ...data('v1') });
}

interface Deploy {
  readonly path: PathOf;
  readonly scenario: Scenario;
}

async function deployTo(cluster: SandboxCluster, app: string, { path, scenario }: Deploy): Promise<void> {
  await Promise.all(plan.flatMap((one) => changes(app, path, one)).map((request) => inTurn(cluster, request)));
  const veteran = toObject(app, 'ConfigMap/veteran', data('v2'));
  if (scenario === 'adopted')
    await send(cluster, 'deployer', { method: 'PUT', path: path('ConfigMap/veteran'), body: veteran });
}

interface Request {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Json;
}

/** Requests that change one object, one after the other. */
function changes(app: string, path: PathOf, { object, baseline, failed, isImmutable }: Planned): Request[][] {
  if (failed === 'same') return [];
  const remove: Request = { method: 'DELETE', path: path(object) };
  if (failed === null) return [[remove]];
  const body = toObject(app, object, failed);
  const create: Request = { method: 'POST', path: path(object.split('/')[0] ?? ''), body };
  if (baseline === null) return [[create]];
  return [isImmutable ? [remove, create] : [{ method: 'PUT', path: path(object), body }]];
}

async function inTurn(cluster: SandboxCluster, requests: readonly Request[]): Promise<void> {
  for (const request of requests) await send(cluster, 'deployer', request);
}

async function send(cluster: SandboxCluster, user: 'admin' | 'deployer', { method, path, body }: Request) {
  const answer = await cluster.request(method, path, body, { user, userAgent: user });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
}

/** Somebody else, or a controller that only moves the version, by raw requests. What is not there can not be changed. */
export async function actOnSandbox(
  cluster: SandboxCluster,
  path: string,
  act: 'edit' | 'remove' | 'touch',
): Promise<void> {
  const userAgent = act === 'touch' ? 'controller' : 'somebody-else';
  const as = { user: 'admin', userAgent, contentType: 'application/merge-patch+json' } as const;
  const annotate = (value: string | null) =>
    cluster.request('PATCH', path, { metadata: { annotations: { 'example.com/edited': value } } }, as);
  if (act === 'remove') await cluster.request('DELETE', path, undefined, as);
  else await annotate('by hand');
  if (act === 'touch') await annotate(null);
}

function contentIn(sandbox: Sandbox, path: PathOf): Content {
  const inCluster = (cluster: SandboxCluster) =>
    Object.fromEntries(
      Object.keys(plurals)
        .flatMap((kind) => cluster.list(path(kind)))
        .map((object) => [`${String(at(object, 'kind'))}/${String(at(object, 'metadata', 'name'))}`, essence(object)]),
    );
  return Object.fromEntries(targets.map((target) => [target, inCluster(sandbox.cluster(target))]));
}

/** What a person would call the same object; the engine's own canonical form is not asked. */
function essence(object: JsonObject): string {
  const { metadata, status: _status, spec, ...rest } = object;
  const { clusterIP: _address, clusterIPs: _addresses, ...kept } = (spec ?? {}) as JsonObject;
  const labels = at(metadata, 'labels') ?? {};
  const annotations = at(metadata, 'annotations') ?? {};
  return JSON.stringify([rest, kept, labels, annotations]);
}
