import { type JsonObject, numberAt } from '../../src/sandbox/index.ts';
import type { Activities, BatchInput } from '../../src/schema/activities.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { LabClient } from '../lab/client.ts';
import type { Guard } from './engine.ts';
import { type LabContent, readContent } from './lab-content.ts';
import type { ApplicationRights, LabEngine } from './lab-engine.ts';
import { pollUntil } from './poll.ts';

/** An application in one cluster, deployed by server-side apply, whose restore is judged by the order of its writes. */
export interface StagedApp {
  /** Also the name of its namespace. */
  readonly name: string;
  readonly admin: LabClient;
  /** An object of the application, by `<apiVersion>/<Kind>`. */
  object(type: string, name: string, content?: JsonObject): JsonObject;
  /** One that lives in no namespace, called like the application. */
  clusterWide(type: string, spec: JsonObject): JsonObject;
  configMap(value: string, name?: string): JsonObject;
  /** Two replicas. The image's tag says how its pods fare; `labels` are the pods' besides `app`. */
  workload(name: string, image: string, more?: JsonObject): JsonObject;
  apply(...objects: readonly JsonObject[]): Promise<void>;
  /** What is not there is no failure. */
  remove(...objects: readonly JsonObject[]): Promise<void>;
  /** Waits until nobody may write ConfigMaps: what is to turn them away takes a moment to count. */
  turnedAway(): Promise<void>;
  read(object: JsonObject): Promise<JsonObject | undefined>;
  /** Waits until both replicas of these are ready. */
  available(...names: readonly string[]): Promise<void>;
  guard(options?: Partial<GuardRequest>): Promise<Guard>;
  /** What is stored, without what the server keeps for itself. */
  content(): Promise<LabContent>;
  /**
   * What the engine wrote, oldest first, as `update configmaps/settings`; patches are left out, they only put field
   * ownership back. Of what lives in no namespace, the objects named.
   */
  writes(...clusterWide: readonly JsonObject[]): Promise<string[]>;
  /** When the engine did that, each time, in milliseconds. */
  timesOf(write: string): Promise<number[]>;
}

export async function stagedApp(engine: LabEngine, name: string, rights?: ApplicationRights): Promise<StagedApp> {
  const app = await engine.application(name, rights);
  const cluster = engine.lab.cluster('eu');
  const admin = cluster.as('admin');
  const object: StagedApp['object'] = (type, called, content = {}) => {
    const slash = type.lastIndexOf('/');
    const head = { apiVersion: type.slice(0, slash), kind: type.slice(slash + 1) };
    return { ...head, metadata: app.meta(called), ...content };
  };
  const written = async (names: readonly string[]) => {
    const entries = (await cluster.audit()).filter(
      ({ user, verb, dryRun, code, objectRef: ref }) =>
        user === engine.lab.engine &&
        ['create', 'update', 'delete'].includes(verb) &&
        !dryRun &&
        code < 300 &&
        ref?.resource !== 'leases' &&
        (ref?.namespace === app.name || names.includes(ref?.name ?? '')),
    );
    return entries.map(({ verb, objectRef: ref, at }) => ({ did: `${verb} ${ref?.resource}/${ref?.name}`, at }));
  };
  return {
    name: app.name,
    admin,
    object,
    clusterWide: (type, content) => ({
      ...object(type, '', content),
      metadata: { name: app.name, labels: { app: app.name } },
    }),
    configMap: (value, called = 'settings') => object('v1/ConfigMap', called, { data: { value } }),
    workload: (called, image, more = {}) => deploymentOf(object, called, { image, more }),
    apply: async (...objects) => {
      for (const one of objects) await admin.apply(one, { manager: 'deployer', force: true });
    },
    remove: async (...objects) => {
      for (const one of objects) await admin.request('DELETE', await admin.pathOf(one));
    },
    turnedAway: async () => {
      const path = `/api/v1/namespaces/${app.name}/configmaps?dryRun=All`;
      const probe = object('v1/ConfigMap', 'probe');
      const tried = () => admin.request('POST', path, probe);
      await pollUntil('ConfigMaps to be turned away', tried, ({ status }) => status >= 400);
    },
    read: async (one) => admin.read(await admin.pathOf(one)),
    available: async (...names) => {
      const isReady = (live: JsonObject | undefined) => numberAt(live, 'status', 'availableReplicas') === 2;
      const path = `/apis/apps/v1/namespaces/${app.name}/deployments`;
      await Promise.all(names.map((one) => admin.until(`${one} available`, `${path}/${one}`, isReady)));
    },
    guard: async (options) => {
      const targets = app.request().targets.filter((target) => target.cluster === 'eu');
      return app.guard({ targets, ...options });
    },
    content: () => readContent([cluster], app.name),
    writes: async (...clusterWide) => (await written(clusterWide.map(nameOf))).map(({ did }) => did),
    timesOf: async (write) => (await written([])).filter(({ did }) => did === write).map(({ at }) => Date.parse(at)),
  };
}

/** What a manifest names. */
export function refsOf(...objects: readonly JsonObject[]): { apiVersion: string; kind: string; name: string }[] {
  return objects.map((one) => ({ apiVersion: String(one.apiVersion), kind: String(one.kind), name: nameOf(one) }));
}

function nameOf(object: JsonObject): string {
  return String((object.metadata as JsonObject).name);
}

interface Workload {
  readonly image: string;
  readonly more: JsonObject;
}

function deploymentOf(object: StagedApp['object'], name: string, { image, more }: Workload): JsonObject {
  const meta = object('', name).metadata as JsonObject;
  const labels = { ...(meta.labels as JsonObject), version: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'web', image: `registry.example/${image}` }] },
  };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template, ...more };
  return object('apps/v1/Deployment', name, { spec });
}

export interface FailingApp extends StagedApp {
  budget(minAvailable: number): JsonObject;
}

/**
 * Its engine loses the right to write disruption budgets right before it is to write one, when workloads and all before
 * them are written: a definite failure before the pivot.
 */
export async function failingApp(engine: LabEngine, hooks: StageHooks, name: string): Promise<FailingApp> {
  const read = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] };
  const groups = ['', 'coordination.k8s.io', 'apps', 'batch', 'networking.k8s.io'];
  const app = await stagedApp(engine, name, { engine: [read, { apiGroups: groups, resources: ['*'], verbs: ['*'] }] });
  const budgets = { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['*'] };
  const right = await engine.lab.grant(engine.lab.engine, { namespace: app.name, rules: [budgets] });
  hooks.before(app.name, 'autoscaling', () => right.revoke());
  const budget = (minAvailable: number) =>
    app.object('policy/v1/PodDisruptionBudget', 'web', {
      spec: { minAvailable, selector: { matchLabels: { app: app.name } } },
    });
  return { ...app, budget };
}

/** Lets a test do something right before a stage of its application is written, once. */
export interface StageHooks {
  before(application: string, stage: string, act: () => Promise<unknown>): void;
  readonly wrap: (activities: Activities) => Activities;
}

export function stageHooks(): StageHooks {
  const hooks = new Map<string, () => Promise<unknown>>();
  const meet = async ({ target, stage }: BatchInput) => {
    const key = `${target.namespace}/${stage}`;
    const act = hooks.get(key);
    hooks.delete(key);
    await act?.();
  };
  return {
    before: (application, stage, act) => void hooks.set(`${application}/${stage}`, act),
    wrap: (activities) => ({
      ...activities,
      writeBatch: async (input) => {
        await meet(input);
        return await activities.writeBatch(input);
      },
      deleteBatch: async (input) => {
        await meet(input);
        return await activities.deleteBatch(input);
      },
    }),
  };
}
