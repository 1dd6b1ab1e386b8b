import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { LabOptions } from '../lab/lab.ts';
import type { ClusterEntry } from './dependencies.ts';
import { clusterNames, type Guard, requestFor, runEngine, startGuard } from './engine.ts';
import { type KubectlOptions, type TestLab, useLab } from './lab.ts';
import { type LabContent, readContent } from './lab-content.ts';
import type { Rights } from './lab-rights.ts';
import { type TestTemporal, useTemporal } from './temporal.ts';

/** Guards by the real engine, on the real Temporal dev server, over the real clusters of `useLab()`. */
export interface LabEngine {
  readonly lab: TestLab;
  readonly temporal: TestTemporal;
  readonly deps: Dependencies;
  readonly activities: Activities;
  readonly workers: readonly Worker[];
  /** A namespace of its own in every cluster, in which this file's deployer and engine may do anything. */
  application(name: string, rights?: ApplicationRights): Promise<LabApplication>;
  start(request: GuardRequest): Promise<Guard>;
}

export interface ApplicationRights {
  /** What the engine may do in the namespace; everything unless given. */
  readonly engine?: Rights['rules'];
}

/** Objects belong to it by the label `app=<name>`. */
export interface LabApplication {
  /** Also the name of its namespace. */
  readonly name: string;
  /** A guard request over all clusters; `options` replace what it says by default. */
  request(options?: Partial<GuardRequest>): GuardRequest;
  /** Starts a guard and waits until the deploy may begin. */
  guard(options?: Partial<GuardRequest>): Promise<Guard>;
  /** kubectl in the application's namespace, as the deployer, in every cluster unless `cluster` says which. */
  kubectl(args: readonly string[], options?: Partial<KubectlOptions>): Promise<void>;
  /** `kubectl apply` with these flags (such as `--server-side`), in every cluster. */
  apply(objects: readonly JsonObject[], ...flags: string[]): Promise<void>;
  /** What is stored in every cluster, by `<cluster>/<Kind>/<name>`; see `LabContent`. */
  content(): Promise<LabContent>;
  /** Metadata for an object of the application. */
  meta(name: string): JsonObject;
}

export interface LabEngineOptions {
  readonly wrap?: (activities: Activities) => Activities;
  /** Clusters of this file's own instead of the shared ones; they must be called eu, us and ap. */
  readonly own?: LabOptions;
  /** Default: the lab's clusters by their names. */
  readonly entries?: (lab: TestLab) => readonly ClusterEntry[] | Promise<readonly ClusterEntry[]>;
  /** `none`: the engine may do nothing at all until the test grants it. */
  readonly rights?: 'usual' | 'none';
}

/** Call once at the top of a test file; the members are there from `beforeAll` on. */
export function useLabEngine(options: LabEngineOptions = {}): LabEngine {
  const lab = useLab(options.own);
  const temporal = useTemporal();
  const closing: (() => Promise<unknown>)[] = [];
  const parts: { engine?: Awaited<ReturnType<typeof runEngine>> } = {};
  const engine = () => {
    if (parts.engine === undefined) throw new Error('useLabEngine() is ready from beforeAll on');
    return parts.engine;
  };

  beforeAll(async () => {
    // Whose uid tells one cluster from another.
    const system = { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] };
    if (options.rights !== 'none') await lab.grant(lab.engine, { rules: [system] });
    const wrap = options.wrap ?? ((activities: Activities) => activities);
    const entries = await (options.entries ?? labEntries)(lab);
    parts.engine = await runEngine(entries, { temporal, closing, wrap });
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  const start = (request: GuardRequest) => startGuard(temporal, request);
  return {
    lab,
    temporal,
    get deps() {
      return engine().deps;
    },
    get activities() {
      return engine().activities;
    },
    get workers() {
      return engine().workers;
    },
    application: async (name, rights = {}) => {
      const namespace = await lab.namespace(name);
      await lab.grant(lab.deployer, { namespace });
      const { engine: rules } = rights;
      if (options.rights !== 'none')
        await lab.grant(lab.engine, { namespace, ...(rules === undefined ? {} : { rules }) });
      return createApplication(lab, start, namespace);
    },
    start,
  };
}

function labEntries(lab: TestLab): ClusterEntry[] {
  const kubeconfig = lab.kubeconfig(lab.engine);
  return clusterNames.map((name) => ({ name, kubeconfig, context: name }));
}

function createApplication(lab: TestLab, start: LabEngine['start'], name: string): LabApplication {
  const kubectl: LabApplication['kubectl'] = async (args, { cluster, ...options } = {}) => {
    const clusters = cluster === undefined ? lab.clusters.map((one) => one.name) : [cluster];
    const place = ['--namespace', name];
    await Promise.all(clusters.map((one) => lab.kubectl([...place, ...args], { ...options, cluster: one })));
  };
  const request: LabApplication['request'] = (options) => requestFor(name, options);
  return {
    name,
    request,
    guard: async (options) => {
      const guard = await start(request(options));
      await guard.ready();
      return guard;
    },
    kubectl,
    apply: (objects, ...flags) => kubectl(['apply', ...flags, '-f', '-'], { input: objects }),
    content: () => readContent(lab.clusters, name),
    meta: (object) => ({ name: object, namespace: name, labels: { app: name } }),
  };
}
