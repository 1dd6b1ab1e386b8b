import { setTimeout as delay } from 'node:timers/promises';
import { at, type Json, type JsonObject, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { pollUntil } from './poll.ts';

/** The API server behind a workspace, without the proxy. */
export interface KcpServer {
  /** Undefined: nothing is at this path. */
  read(path: string): Promise<JsonObject | undefined>;
  list(path: string): Promise<JsonObject[]>;
  /** Throws on any answer but success. A PATCH merges. */
  send(as: 'admin' | 'deployer', method: string, path: string, body?: Json): Promise<void>;
}

export type KcpServers = Readonly<Record<string, KcpServer>>;

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Serves `<group>/v1/Widget`; the answer takes it away again. */
export async function defineWidgets(servers: KcpServers, group: string): Promise<() => Promise<void>> {
  const name = `widgets.${group}`;
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
  for (const server of Object.values(servers)) {
    await server.send('admin', 'POST', definitions, definition);
    await pollUntil('widgets are served', () => isServed(server, group), Boolean);
  }
  return async () => {
    for (const server of Object.values(servers)) await server.send('admin', 'DELETE', `${definitions}/${name}`);
  };
}

/** An API server goes on refusing requests for a moment after it has called a definition established. */
async function isServed(server: KcpServer, group: string): Promise<boolean> {
  const conditions = objectsAt(await server.read(`${definitions}/widgets.${group}`), 'status', 'conditions');
  if (!conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return false;
  return await server.list(`/apis/${group}/v1/widgets`).then(
    () => true,
    () => false,
  );
}

const placement = 'state.workload.kcp.io/';
const westward = { [`${placement}west`]: 'Sync' };

/** ConfigMaps and a custom resource, as an application in kcp may be: no workload at all. */
export interface KcpApp {
  /** Also of its namespace. */
  readonly name: string;
  readonly settings: string;
  readonly banner: string;
  readonly widget: string;
  configMap(cluster: string, name: string, data: Record<string, string>): Promise<void>;
  setSize(cluster: string, size: number): Promise<void>;
  remove(cluster: string, path: string): Promise<void>;
  /** What a person calls content: names, labels, data, specs, and how the widget is. Where it is placed is not. */
  content(): Promise<Record<string, Json>>;
  /** Another scheduler's decision: west no longer, but east. */
  moveEast(cluster: string, path: string): Promise<void>;
  /** Where it is placed. */
  placement(cluster: string, path: string): Promise<string[]>;
  stop(): Promise<void>;
}

export interface KcpAppPlace {
  readonly namespace: string;
  /** Of its widgets; see `defineWidgets`. */
  readonly group: string;
}

/** Makes the application straight in the servers behind the proxy, with a controller for its widgets. */
export async function installKcpApp(servers: KcpServers, place: KcpAppPlace): Promise<KcpApp> {
  const app = kcpApp(servers, place);
  for (const [cluster, server] of Object.entries(servers)) {
    await app.configMap(cluster, 'settings', { mode: 'calm' });
    await app.configMap(cluster, 'banner', { text: 'hello' });
    await app.setSize(cluster, 3);
    const status = async () => statusOf(await server.read(app.widget));
    await pollUntil(`${app.name} ready in ${cluster}`, status, (type) => type === 'Ready');
  }
  return app;
}

function kcpApp(servers: KcpServers, { namespace, group }: KcpAppPlace): KcpApp {
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
  const metadata = (object: string) => ({ name: object, namespace, labels: { app: namespace, ...westward } });
  const server = (cluster: string) => serverOf(servers, cluster);
  const contentIn = async (cluster: string) => {
    const lists = await Promise.all([configMaps, widgets].map((path) => server(cluster).list(path)));
    const ours = lists.flat().filter((object) => textAt(object, 'metadata', 'labels', 'app') === namespace);
    return ours.map((object) => [`${cluster}/${textAt(object, 'metadata', 'name')}`, essenceOf(object)]);
  };
  return {
    name: namespace,
    settings: `${configMaps}/settings`,
    banner: `${configMaps}/banner`,
    widget: `${widgets}/web`,
    configMap: (cluster, object, data) =>
      put(server(cluster), configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(object), data }),
    setSize: (cluster, size) =>
      put(server(cluster), widgets, {
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: metadata('web'),
        spec: { size },
      }),
    remove: (cluster, path) => server(cluster).send('deployer', 'DELETE', path),
    content: async () => Object.fromEntries((await Promise.all(Object.keys(servers).map(contentIn))).flat()),
    moveEast: (cluster, path) => {
      const labels = { [`${placement}west`]: null, [`${placement}east`]: 'Sync' };
      return server(cluster).send('deployer', 'PATCH', path, { metadata: { labels } });
    },
    placement: async (cluster, path) =>
      Object.keys(objectAt(await server(cluster).read(path), 'metadata', 'labels')).flatMap((label) =>
        label.startsWith(placement) ? [label.slice(placement.length)] : [],
      ),
    stop: startController(Object.values(servers), widgets),
  };
}

function serverOf(servers: KcpServers, cluster: string): KcpServer {
  const server = servers[cluster];
  if (server === undefined) throw new Error(`no API server ${cluster} behind a workspace`);
  return server;
}

async function put(server: KcpServer, collection: string, object: JsonObject): Promise<void> {
  const path = `${collection}/${textAt(object, 'metadata', 'name')}`;
  if (await server.read(path)) await server.send('deployer', 'PATCH', path, object);
  else await server.send('deployer', 'POST', collection, object);
}

function essenceOf(object: JsonObject): Json {
  const { data = null, spec = null } = object;
  const labels = Object.entries(objectAt(object, 'metadata', 'labels')).filter(([key]) => !key.startsWith(placement));
  return { data, spec, labels: Object.fromEntries(labels), status: statusOf(object) ?? null };
}

function statusOf(object: JsonObject | undefined): string | undefined {
  return textAt(objectsAt(object, 'status', 'conditions')[0], 'type');
}

/** Reports on widgets until it is stopped. */
function startController(servers: readonly KcpServer[], widgets: string): () => Promise<void> {
  let isStopped = false;
  const run = async () => {
    while (!isStopped) {
      await Promise.all(servers.map((server) => control(server, widgets)));
      await delay(50);
    }
  };
  const running = run();
  return () => {
    isStopped = true;
    return running;
  };
}

/** Ready up to 100, stalled above: what a controller somewhere else would find out. */
async function control(server: KcpServer, widgets: string): Promise<void> {
  for (const widget of await server.list(widgets)) {
    const generation = at(widget, 'metadata', 'generation') ?? 0;
    if (String(at(widget, 'status', 'observedGeneration')) === String(generation)) continue;
    const size = String(at(widget, 'spec', 'size'));
    const type = Number(size) > 100 ? 'Stalled' : 'Ready';
    const conditions = [{ type, status: 'True', reason: type, message: `size is ${size}` }];
    const status = { observedGeneration: generation, conditions };
    await server.send('admin', 'PATCH', `${widgets}/${textAt(widget, 'metadata', 'name')}/status`, { status });
  }
}
