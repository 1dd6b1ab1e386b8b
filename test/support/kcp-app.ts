import { at, type Json, type JsonObject, objectAt, type Sandbox } from '../../src/sandbox/index.ts';
import { pollUntil } from './poll.ts';
import { send } from './small-app.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        subresources: { status: {} },
      },
    ],
  },
};

const placement = 'state.workload.kcp.io/';
const westward = { [`${placement}west`]: 'Sync' };

/** ConfigMaps and a custom resource, as an application in kcp may be: no workload at all. */
export interface KcpApp {
  readonly name: string;
  readonly settings: string;
  readonly banner: string;
  readonly widget: string;
  configMap(cluster: string, name: string, data: Record<string, string>): Promise<void>;
  setSize(cluster: string, size: number): Promise<void>;
  remove(cluster: string, path: string): Promise<void>;
  /** What a person calls content: names, labels, data, specs, and how the widget is. Where it is placed is not. */
  content(): Record<string, Json>;
  /** Another scheduler's decision: west no longer, but east. */
  moveEast(cluster: string, path: string): Promise<void>;
  /** Where it is placed. */
  placement(cluster: string, path: string): string[];
  stop(): void;
}

/** Makes the application straight in the clusters behind the proxy, with a controller for its widgets. */
export async function installKcpApp(sandbox: Sandbox, clusters: readonly string[], name: string): Promise<KcpApp> {
  const app = kcpApp(sandbox, clusters, name);
  for (const cluster of clusters) {
    const api = sandbox.cluster(cluster);
    if (!api.read(`${definitions}/widgets.example.com`)) await send(api, 'POST', definitions, definition);
    const established = () => at(api.read(`${definitions}/widgets.example.com`), 'status', 'conditions');
    await pollUntil('widgets are served', async () => established(), Boolean);
    await send(api, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await app.configMap(cluster, 'settings', { mode: 'calm' });
    await app.configMap(cluster, 'banner', { text: 'hello' });
    await app.setSize(cluster, 3);
    const isReady = () => statusOf(api.read(app.widget)) === 'Ready';
    await pollUntil(`${name} ready in ${cluster}`, async () => isReady(), Boolean);
  }
  return app;
}

function kcpApp(sandbox: Sandbox, clusters: readonly string[], name: string): KcpApp {
  const configMaps = `/api/v1/namespaces/${name}/configmaps`;
  const widgets = `/apis/example.com/v1/namespaces/${name}/widgets`;
  const put = async (cluster: string, collection: string, object: JsonObject) => {
    const api = sandbox.cluster(cluster);
    const path = `${collection}/${String(at(object, 'metadata', 'name'))}`;
    if (api.read(path)) await send(api, 'PATCH', path, object);
    else await send(api, 'POST', collection, object);
  };
  const metadata = (object: string) => ({ name: object, namespace: name, labels: { app: name, ...westward } });
  const timer = setInterval(() => void Promise.all(clusters.map((cluster) => control(sandbox, cluster, widgets))), 50);
  return {
    name,
    settings: `${configMaps}/settings`,
    banner: `${configMaps}/banner`,
    widget: `${widgets}/web`,
    configMap: (cluster, object, data) =>
      put(cluster, configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(object), data }),
    setSize: (cluster, size) =>
      put(cluster, widgets, {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: metadata('web'),
        spec: { size },
      }),
    remove: (cluster, path) => send(sandbox.cluster(cluster), 'DELETE', path),
    content: () =>
      Object.fromEntries(
        clusters.flatMap((cluster) =>
          [configMaps, widgets]
            .flatMap((path) => sandbox.cluster(cluster).list(path))
            .map((object) => [`${cluster}/${String(at(object, 'metadata', 'name'))}`, essenceOf(object)]),
        ),
      ),
    moveEast: (cluster, path) => {
      const labels = { [`${placement}west`]: null, [`${placement}east`]: 'Sync' };
      return send(sandbox.cluster(cluster), 'PATCH', path, { metadata: { labels } });
    },
    placement: (cluster, path) =>
      Object.keys(objectAt(sandbox.cluster(cluster).read(path), 'metadata', 'labels')).flatMap((label) =>
        label.startsWith(placement) ? [label.slice(placement.length)] : [],
      ),
    stop: () => clearInterval(timer),
  };
}

function essenceOf(object: JsonObject): Json {
  const { data = null, spec = null } = object;
  const labels = Object.entries(objectAt(object, 'metadata', 'labels')).filter(([key]) => !key.startsWith(placement));
  return { data, spec, labels: Object.fromEntries(labels), status: statusOf(object) ?? null };
}

function statusOf(object: JsonObject | undefined): string | undefined {
  const [condition] = (at(object, 'status', 'conditions') as JsonObject[] | undefined) ?? [];
  return condition && String(condition.type);
}

/** Ready up to 100, stalled above: what a controller somewhere else would find out. */
async function control(sandbox: Sandbox, cluster: string, widgets: string): Promise<void> {
  const api = sandbox.cluster(cluster);
  for (const widget of api.list(widgets)) {
    const generation = at(widget, 'metadata', 'generation') ?? 0;
    if (String(at(widget, 'status', 'observedGeneration')) === String(generation)) continue;
    const type = Number(String(at(widget, 'spec', 'size'))) > 100 ? 'Stalled' : 'Ready';
    const conditions = [
      { type, status: 'True', reason: type, message: `size is ${String(at(widget, 'spec', 'size'))}` },
    ];
    const status = { observedGeneration: generation, conditions };
    await api.request('PATCH', `${widgets}/${String(at(widget, 'metadata', 'name'))}/status`, { status });
  }
}
