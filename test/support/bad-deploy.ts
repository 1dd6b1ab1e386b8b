import { type AuditEntry, at, type Json, objectAt, type Sandbox } from '../../src/sandbox/index.ts';
import type { Choice } from '../../src/schema/messages.ts';
import { clusterNames, type Engine, type Guard } from './engine.ts';
import { installSmallApp, type SmallApp } from './small-app.ts';
import { uniqueName } from './temporal.ts';

/** Changes, adds and deletes in every cluster, and rolls out an image that does not exist in one. */
export async function deployBadly(app: SmallApp): Promise<void> {
  for (const cluster of clusterNames) {
    await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
    await app.put(cluster, app.configMap('promotions', { half: 'price' }));
    await app.remove(cluster, app.path('configmaps', 'banner'));
  }
  await app.put('us', app.deployment('registry/app:v2-missing'));
}

export interface BadDeploy {
  readonly app: SmallApp;
  readonly guard: Guard;
  readonly before: Record<string, unknown>;
  readonly failed: Record<string, unknown>;
}

/** An application under a guard, with the bad deploy made; nobody has said so yet. */
export async function guardBadDeploy(
  engine: Engine,
  name: string,
  options: Parameters<Engine['request']>[1] = {},
  deploy: (app: SmallApp) => Promise<void> = deployBadly,
): Promise<BadDeploy> {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const before = await app.content();
  const guard = await engine.start(engine.request(app.name, options));
  await guard.ready();
  await deploy(app);
  return { app, guard, before, failed: await app.content() };
}

const somebody = { user: 'admin', userAgent: 'kubectl-edit' } as const;

/** Somebody else's change of one object, read and put back as `kubectl edit` does. */
export async function edit(
  sandbox: Sandbox,
  cluster: string,
  path: string,
  change: (object: Record<string, Json>) => Record<string, Json>,
): Promise<void> {
  const api = sandbox.cluster(cluster);
  const live = api.read(path);
  if (!live) throw new Error(`${path} is not in ${cluster}`);
  const answer = await api.request('PUT', path, change(live as Record<string, Json>) as Json, somebody);
  if (answer.status >= 300) throw new Error(`PUT ${path}: ${answer.status} ${answer.text}`);
}

export function editData(sandbox: Sandbox, cluster: string, path: string, data: Record<string, string>): Promise<void> {
  return edit(sandbox, cluster, path, (object) => ({ ...object, data: { ...objectAt(object, 'data'), ...data } }));
}

/** What the engine really changed in the application's namespace: no dry runs, no Leases, nothing that was turned away. */
export function changesByEngine(sandbox: Sandbox, app: SmallApp): AuditEntry[] {
  return requestsByEngine(sandbox, app).filter(({ status }) => status >= 200 && status < 300);
}

/** Whatever the server said to them. */
export function requestsByEngine(sandbox: Sandbox, app: SmallApp): AuditEntry[] {
  return clusterNames
    .flatMap((cluster) => sandbox.cluster(cluster).audit())
    .filter(
      ({ user, method, resource, namespace, dryRun }) =>
        user === 'engine' && method !== 'GET' && resource !== 'leases' && namespace === app.name && !dryRun,
    );
}

/** Who holds the application's Lease in a cluster; empty: nobody. */
export function holderIn(sandbox: Sandbox, cluster: string, app: SmallApp): string {
  const [lease] = sandbox.cluster(cluster).list(`/apis/coordination.k8s.io/v1/namespaces/${app.name}/leases`);
  return String((lease && at(lease, 'spec', 'holderIdentity')) ?? '');
}

/** Answers the decision a run waits for. */
export async function resolveGuard(engine: Engine, guard: Guard, decision: Choice): Promise<void> {
  const handle = engine.temporal.client.workflow.getHandle(guard.workflowId);
  await handle.executeUpdate('resolve', { args: [{ decision, by: 'ada', reason: 'looked at it' }] });
}
