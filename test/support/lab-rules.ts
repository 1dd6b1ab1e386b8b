import { type JsonObject, objectAt, textAt } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import type { LabClient } from '../lab/client.ts';
import type { LabCluster } from '../lab/lab.ts';
import type { Guard } from './engine.ts';
import type { LabContent } from './lab-content.ts';
import { readContent } from './lab-content.ts';
import type { ApplicationRights, LabEngine } from './lab-engine.ts';

/** An application in one cluster only: one rule needs no more, and many of them must fit into minutes. */
export interface RuleSite {
  /** Of the application and its namespace. */
  readonly name: string;
  readonly cluster: LabCluster;
  readonly admin: LabClient;
  /** Who deploys; writes under a manager of its own. */
  readonly deployer: LabClient;
  meta(name: string, more?: JsonObject): JsonObject;
  configMap(name: string, data: Readonly<Record<string, string>>, more?: JsonObject): JsonObject;
  /** As the deployer. */
  create(...objects: readonly JsonObject[]): Promise<void>;
  /** A JSON merge patch, as the deployer. */
  patch(object: JsonObject, change: JsonObject): Promise<void>;
  /** As the deployer; returns when the object is gone. */
  remove(object: JsonObject, options?: JsonObject): Promise<void>;
  /** Deletes and creates anew, as a deploy does with what cannot be changed. */
  replace(object: JsonObject, options?: JsonObject): Promise<void>;
  /** Asks for deletion and waits for nothing. */
  doom(object: JsonObject): Promise<void>;
  live(object: JsonObject): Promise<JsonObject | undefined>;
  until(what: string, object: JsonObject, test: (live: JsonObject | undefined) => boolean): Promise<JsonObject>;
  content(): Promise<LabContent>;
  start(options?: RuleOptions): Promise<Guard>;
  /** Guards, deploys, says that it failed and waits for the end. */
  rollBack(deploy: () => Promise<unknown>, options?: RuleOptions): Promise<RolledBack>;
  /** The steps that changed something, in order: `disarm`, `pivot`, `prune`. */
  steps(): Promise<string[]>;
}

export interface RuleOptions extends Partial<Omit<GuardRequest, 'targets'>> {
  /** Beside the selector `app=<name>`. */
  readonly scope?: Partial<GuardRequest['targets'][number]['scope']>;
}

export interface RolledBack {
  readonly guard: Guard;
  readonly result: RunResult;
  readonly before: LabContent;
  readonly failed: LabContent;
  readonly after: LabContent;
}

let opened = 0;

export async function openRuleSite(engine: LabEngine, rights?: ApplicationRights): Promise<RuleSite> {
  const application = await engine.application('rule', rights);
  const { name } = application;
  const cluster = clusterInTurn(engine);
  const [admin, deployer] = [cluster.as('admin'), cluster.as(engine.lab.deployer)];
  const content = () => readContent([cluster], name);
  const start: RuleSite['start'] = ({ scope, ...options } = {}) => {
    const target = { cluster: cluster.name, namespace: name, scope: { selector: `app=${name}`, ...scope } };
    return engine.start(application.request({ haltTimeout: '100ms', ...options, targets: [target] }));
  };
  const writes = createWrites(admin, deployer);
  const meta: RuleSite['meta'] = (object, more = {}) => ({ ...application.meta(object), ...more });
  return {
    ...{ name, cluster, admin, deployer, meta, content, start, ...writes },
    configMap: (object, data, more = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta(object),
      data,
      ...more,
    }),
    rollBack: async (deploy, options) => {
      const before = await content();
      const guard = await start(options);
      await guard.ready();
      await deploy();
      const failed = await content();
      await guard.fail();
      const result = await guard.result();
      return { guard, result, before, failed, after: await content() };
    },
    steps: async () => {
      const records = await engine.deps.journal.read({ application: name, environment: 'test' });
      const changing = records.filter(({ event }) => ['committing', 'deleting', 'pivot'].includes(event));
      return changing.map(({ event, data }) => String(data.stage ?? event));
    },
  };
}

/** So that no cluster has more to do than the others. */
function clusterInTurn({ lab }: LabEngine): LabCluster {
  const cluster = lab.clusters[opened % lab.clusters.length];
  opened += 1;
  if (cluster === undefined) throw new Error('the lab has no clusters');
  return cluster;
}

type Writes = Pick<RuleSite, 'create' | 'patch' | 'remove' | 'replace' | 'doom' | 'live' | 'until'>;

function createWrites(admin: LabClient, deployer: LabClient): Writes {
  const live: Writes['live'] = async (object) => admin.read(await admin.pathOf(object));
  const until: Writes['until'] = async (what, object, test) =>
    (await admin.until(what, await admin.pathOf(object), test)) ?? {};
  const create: Writes['create'] = async (...objects) => {
    for (const object of objects) await deployer.create(object);
  };
  const remove: Writes['remove'] = async (object, options = { propagationPolicy: 'Background' }) => {
    const uid = uidOf(await live(object));
    await deployer.remove(await admin.pathOf(object), options);
    await until('gone', object, (now) => now === undefined || uidOf(now) !== uid);
  };
  return {
    live,
    until,
    create,
    remove,
    patch: async (object, change) => {
      await deployer.patch(await admin.pathOf(object), change);
    },
    replace: async (object, options) => {
      await remove(object, options);
      await create(object);
    },
    doom: async (object) => {
      await deployer.remove(await admin.pathOf(object));
    },
  };
}

export function uidOf(object: JsonObject | undefined): string {
  return textAt(object, 'metadata', 'uid') ?? '';
}

/** A Deployment, StatefulSet or the like has so many pods ready. */
export function isReady(count: number): (object: JsonObject | undefined) => boolean {
  return (object) =>
    objectAt(object, 'status').readyReplicas === count && objectAt(object, 'status').updatedReplicas === count;
}
