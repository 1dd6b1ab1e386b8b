import type { Json, JsonObject, Sandbox, SandboxCluster } from '../../src/sandbox/index.ts';
import { at } from '../../src/sandbox/index.ts';
import { clusterNames } from './engine.ts';
import { pollUntil } from './poll.ts';

/** A small application of one Deployment, ConfigMaps and a Secret, in a namespace of its name in every cluster. */
export interface SmallApp {
  readonly name: string;
  /** As the deployer, over HTTP; throws on any answer but success. */
  put(cluster: string, object: Json): Promise<void>;
  remove(cluster: string, path: string): Promise<void>;
  deployment(image: string): JsonObject;
  configMap(name: string, data: Readonly<Record<string, string>>): JsonObject;
  /** What is stored, without what a server keeps for itself; in all clusters. */
  content(): Promise<Record<string, unknown>>;
  path(kind: 'configmaps' | 'secrets' | 'deployments', name: string): string;
}

const deployer = { user: 'deployer', userAgent: 'shop-deployer/1.0' } as const;

export async function installSmallApp(sandbox: Sandbox, name: string): Promise<SmallApp> {
  const app = createSmallApp(name, {
    put: (cluster, object) => createOrReplace(sandbox.cluster(cluster), object),
    remove: (cluster, path) => send(sandbox.cluster(cluster), 'DELETE', path),
    content: async () =>
      Object.fromEntries(clusterNames.map((cluster) => [cluster, contentOf(sandbox.cluster(cluster), name)])),
  });
  await Promise.all(
    clusterNames.map(async (cluster) => {
      await send(sandbox.cluster(cluster), 'POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
      await deployFirst(app, cluster, async (path) => sandbox.cluster(cluster).read(path));
    }),
  );
  return app;
}

/** The same application wherever clusters are: `hands` reach them. */
export function createSmallApp(name: string, hands: Pick<SmallApp, 'put' | 'remove' | 'content'>): SmallApp {
  const path: SmallApp['path'] = (kind, object) =>
    kind === 'deployments'
      ? `/apis/apps/v1/namespaces/${name}/deployments/${object}`
      : `/api/v1/namespaces/${name}/${kind}/${object}`;
  return {
    ...hands,
    name,
    path,
    configMap: (object, data) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(name, object), data }),
    deployment: (image) => deploymentOf(name, image),
  };
}

/** Its first version, until it runs. The namespace is there. */
export async function deployFirst(
  app: SmallApp,
  cluster: string,
  read: (path: string) => Promise<JsonObject | undefined>,
): Promise<void> {
  await app.put(cluster, app.configMap('settings', { mode: 'calm', limit: '9007199254740993' }));
  await app.put(cluster, app.configMap('banner', { text: 'hello' }));
  await app.put(cluster, secret(app.name));
  await app.put(cluster, app.deployment('registry/app:v1'));
  await pollUntil(
    `${app.name} available in ${cluster}`,
    () => read(app.path('deployments', 'web')),
    (object) => at(object ?? {}, 'status', 'availableReplicas') !== undefined,
  );
}

function meta(app: string, name: string) {
  return { name, namespace: app, labels: { app } };
}

function secret(app: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta(app, 'payment'),
    type: 'Opaque',
    data: { key: 'czNjcjN0LWNhbmFyeQ==' },
  };
}

function deploymentOf(app: string, image: string): JsonObject {
  const labels = { app, role: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(app, 'web'),
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

async function createOrReplace(cluster: SandboxCluster, object: Json): Promise<void> {
  const kind = String(at(object, 'kind'));
  const plural = { ConfigMap: 'configmaps', Secret: 'secrets', Deployment: 'deployments', Service: 'services' }[kind];
  const base = kind === 'Deployment' ? '/apis/apps/v1' : '/api/v1';
  const collection = `${base}/namespaces/${String(at(object, 'metadata', 'namespace'))}/${plural}`;
  const path = `${collection}/${String(at(object, 'metadata', 'name'))}`;
  if (cluster.read(path)) await send(cluster, 'PUT', path, object);
  else await send(cluster, 'POST', collection, object);
}

export async function send(cluster: SandboxCluster, method: string, path: string, body?: Json): Promise<void> {
  const answer = await cluster.request(method, path, body, deployer);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
}

const collections = ['configmaps', 'secrets', 'services'] as const;

function contentOf(cluster: SandboxCluster, app: string): Record<string, unknown> {
  const core = collections.flatMap((kind) => cluster.list(`/api/v1/namespaces/${app}/${kind}`));
  const objects = [...core, ...cluster.list(`/apis/apps/v1/namespaces/${app}/deployments`)];
  return Object.fromEntries(
    objects.map((object) => [
      `${String(at(object, 'kind'))}/${String(at(object, 'metadata', 'name'))}`,
      essence(object),
    ]),
  );
}

/** Independent of the engine's canonical form: what a person would call the same object. */
function essence(object: Json): unknown {
  const {
    metadata,
    status: _status,
    ...rest
  } = JSON.parse(JSON.stringify(object)) as Record<string, Record<string, Record<string, unknown>>>;
  const {
    uid: _uid,
    resourceVersion: _rv,
    generation: _generation,
    managedFields: _fields,
    creationTimestamp: _time,
    annotations,
    ...kept
  } = metadata ?? {};
  const { 'deployment.kubernetes.io/revision': _revision, ...others } = annotations ?? {};
  return { ...rest, metadata: { ...kept, annotations: others } };
}
