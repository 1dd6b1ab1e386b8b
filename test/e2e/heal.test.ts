import { expect, test } from 'vitest';
import { at, type Json, type JsonObject, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import { resolveGuard } from '../support/bad-deploy.ts';
import { type Guard, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { installSmallApp, type SmallApp, send } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const engine = useEngine();
const where = 'us';
const good = 'registry/db:v1';
const bad = 'registry/db:v2-missing';

interface Workload {
  readonly app: SmallApp;
  readonly plural: 'statefulsets' | 'daemonsets' | 'deployments';
  readonly object: JsonObject;
}

const kinds = { statefulsets: 'StatefulSet', daemonsets: 'DaemonSet', deployments: 'Deployment' } as const;

/** Three pods (a DaemonSet: one) named `db` in one cluster, reading the ConfigMap `settings`. */
async function install(name: string, plural: Workload['plural'], spec: JsonObject = {}): Promise<Workload> {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const labels = { app: app.name, role: 'db' };
  const own = plural === 'daemonsets' ? {} : { replicas: 3 };
  const object: JsonObject = {
    apiVersion: 'apps/v1',
    kind: kinds[plural],
    metadata: { name: 'db', namespace: app.name, labels: { app: app.name } },
    spec: { ...own, selector: { matchLabels: labels }, template: templateOf(labels, good), ...spec },
  };
  await send(cluster(), 'POST', `/apis/apps/v1/namespaces/${app.name}/${plural}`, object);
  const workload = { app, plural, object };
  await allReady(workload);
  return workload;
}

function templateOf(labels: JsonObject, image: string): JsonObject {
  const container = { name: 'db', image, envFrom: [{ configMapRef: { name: 'settings' } }] };
  return { metadata: { labels }, spec: { containers: [container] } };
}

const cluster = () => engine.sandbox.cluster(where);
const pathOf = ({ app, plural }: Workload) => `/apis/apps/v1/namespaces/${app.name}/${plural}/db`;

function podsOf({ app }: Workload): JsonObject[] {
  const pods = cluster().list(`/api/v1/namespaces/${app.name}/pods`) as JsonObject[];
  return pods.filter((pod) => at(pod, 'metadata', 'labels', 'role') === 'db');
}

const isReady = (pod: JsonObject) =>
  objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
const uids = (pods: readonly JsonObject[]) => pods.map((pod) => textAt(pod, 'metadata', 'uid'));
const image = (pod: JsonObject) => textAt(objectsAt(pod, 'spec', 'containers')[0] ?? {}, 'image');

async function allReady(workload: Workload, known: readonly unknown[] = []): Promise<JsonObject[]> {
  const wanted = workload.plural === 'daemonsets' ? 1 : 3;
  return await pollUntil(
    'all pods of db to be ready',
    async () => podsOf(workload).filter((pod) => isReady(pod) && !known.includes(textAt(pod, 'metadata', 'uid'))),
    (ready) => ready.length === wanted,
  );
}

async function roll(workload: Workload, to: string): Promise<void> {
  const labels = objectAt(workload.object, 'spec', 'selector', 'matchLabels');
  const spec = { ...objectAt(workload.object, 'spec'), template: templateOf(labels, to) };
  await send(cluster(), 'PUT', pathOf(workload), { ...workload.object, spec });
}

async function deletePods(workload: Workload, pods: readonly JsonObject[]): Promise<void> {
  const base = `/api/v1/namespaces/${workload.app.name}/pods`;
  for (const pod of pods) await send(cluster(), 'DELETE', `${base}/${textAt(pod, 'metadata', 'name')}`);
}

async function startGuard({ app }: Workload, options: Partial<GuardRequest> = {}): Promise<Guard> {
  const guard = await engine.start(engine.request(app.name, options));
  await guard.ready();
  return guard;
}

/** What the engine asked of pods: `<method> <resource> <status>`. */
function requestsForPods({ app }: Workload): string[] {
  return cluster()
    .audit()
    .filter(
      ({ user, method, resource, namespace }) =>
        user === 'engine' && method !== 'GET' && resource === 'pods' && namespace === app.name,
    )
    .map(({ method, subresource, name, status }) => `${method} ${name}${subresource && `/${subresource}`} ${status}`);
}

test('a StatefulSet whose broken pod is stuck gets it deleted, highest number first, and is healthy', async () => {
  const workload = await install('stuck', 'statefulsets');
  const guard = await startGuard(workload);
  await roll(workload, bad);
  await pollUntil(
    'the broken pod',
    async () => podsOf(workload),
    (pods) => pods.some((pod) => image(pod) === bad),
  );
  await guard.deployed();

  expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
  expect(podsOf(workload).map(image)).toEqual([good, good, good]);
  expect(requestsForPods(workload)).toEqual(['DELETE db-2 200']);
  const { progress } = await guard.status();
  expect(progress).toContainEqual(expect.objectContaining({ title: 'pods replaced', text: 'us db-2', mark: 'done' }));
  const records = await engine.deps.journal.read({ application: workload.app.name, environment: 'test' });
  const healing = records.findIndex(({ event }) => event === 'healing');
  expect(records[healing]?.data).toMatchObject({ pods: [{ target: where, name: 'db-2', how: 'delete' }] });
  expect(records[healing + 1]?.event).toBe('healthy');
});

test.each(['statefulsets', 'daemonsets'] as const)(
  'pods that run the failed revision under OnDelete are made anew (%s)',
  async (plural) => {
    const workload = await install('on-delete', plural, { updateStrategy: { type: 'OnDelete' } });
    const before = podsOf(workload);
    const guard = await startGuard(workload);
    await roll(workload, 'registry/db:v2');
    const [first, ...others] = before;
    await deletePods(workload, first ? [first] : []);
    await allReady(workload, uids([first ?? {}]));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(new Set(podsOf(workload).map(image))).toEqual(new Set([good]));
    expect(uids(podsOf(workload))).toEqual(expect.arrayContaining(uids(others)));
  },
);

test('pods started with the failed content of a ConfigMap are evicted one by one', async () => {
  const workload = await install('stale', 'deployments');
  const { guard, stale } = await deployConfig(workload);
  await guard.fail();

  expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
  const now = await allReady(workload, uids(stale));
  expect(now).toHaveLength(3);
  const evictions = requestsForPods(workload);
  expect(evictions.map((one) => one.replace(/ .*\//, ' '))).toEqual(Array(3).fill('POST eviction 201'));
});

test('pods from before the deploy are left alone when a ConfigMap is put back', async () => {
  const workload = await install('untouched', 'deployments');
  const before = uids(podsOf(workload));
  await nextSecond();
  const guard = await startGuard(workload);
  await workload.app.put(where, workload.app.configMap('settings', { mode: 'wild' }));
  await guard.fail();

  expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
  expect(uids(podsOf(workload))).toEqual(before);
  expect(requestsForPods(workload)).toEqual([]);
});

test('a disruption budget is never overruled: a person is told, and it goes on when the budget allows', async () => {
  const workload = await install('budget', 'deployments');
  const budgets = `/apis/policy/v1/namespaces/${workload.app.name}/poddisruptionbudgets`;
  const selector = objectAt(workload.object, 'spec', 'selector');
  const metadata = { name: 'db', namespace: workload.app.name };
  const budget: Json = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { minAvailable: 3, selector },
  };
  await send(cluster(), 'POST', budgets, budget);
  // The budget is no member here: whoever relaxes it in the middle of a rollback would be somebody else's change.
  const scope = { selector: `app=${workload.app.name}`, closure: false };
  const targets = [{ cluster: where, namespace: workload.app.name, scope }];
  const { guard, stale } = await deployConfig(workload, { deadline: '5s', targets });
  await guard.fail();

  const { decision } = await guard.until('unhealthy', (view) => view.phase === 'waiting(unhealthy)');
  expect(decision?.objects).toContainEqual(
    expect.objectContaining({ object: expect.stringMatching(/^Pod\/db-/), why: expect.stringContaining('429') }),
  );
  expect(uids(podsOf(workload)).sort()).toEqual(uids(stale).sort());
  await send(cluster(), 'DELETE', `${budgets}/db`);
  await resolveGuard(engine, guard, 'retry');
  expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
  await allReady(workload, uids(stale));
});

test('by policy pods are left running with the failed content, and the outcome says so', async () => {
  const workload = await install('never', 'deployments');
  const { guard, stale } = await deployConfig(workload, { recover: { restartPods: 'never' } });
  await guard.fail();

  const { outcome, left } = await guard.result();
  expect({ outcome, left }).toEqual({
    outcome: 'restored',
    left: [{ target: where, object: 'Deployment/db', reason: expect.stringContaining('ConfigMap/settings') }],
  });
  expect(uids(podsOf(workload)).sort()).toEqual(uids(stale).sort());
});

test.each([
  ['delete', 'pods', 'statefulsets', /no right to delete Pod/],
  ['create', 'pods/eviction', 'deployments', /no right to create pods\/eviction/],
] as const)(
  'without the right to %s %s the rollback is refused before anything is written',
  async (verb, resource, plural, why) => {
    const workload = await install('no-right', plural);
    const { guard } = await deployConfig(workload);
    if (plural === 'statefulsets') await roll(workload, bad);
    const allow = cluster().deny({ user: 'engine', verb, resource, namespace: workload.app.name });
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(why) });
    allow();
  },
);

test.each([
  ['delete', 'pods'],
  ['create', 'pods/eviction'],
] as const)('without the right to %s %s nothing that is updated on delete is rolled back', async (verb, resource) => {
  const workload = await install('no-right', 'daemonsets', { updateStrategy: { type: 'OnDelete' } });
  const guard = await startGuard(workload);
  await roll(workload, bad);
  const allow = cluster().deny({ user: 'engine', verb, resource, namespace: workload.app.name });
  await guard.fail();

  const reason = expect.stringMatching(/DaemonSet\/db: no right to .*: pods that are stuck on the failed revision/);
  expect(await guard.result()).toMatchObject({ outcome: 'refused', reason });
  allow();
});

/** A ConfigMap with other content, and all its readers made anew: none is broken. */
async function deployConfig(workload: Workload, options: Partial<GuardRequest> = {}) {
  const before = podsOf(workload);
  const guard = await startGuard(workload, options);
  await workload.app.put(where, workload.app.configMap('settings', { mode: 'wild' }));
  await deletePods(workload, before);
  return { guard, stale: await allReady(workload, uids(before)) };
}

/** Servers cut times to the second: what was there in an earlier one is told apart from what a deploy makes. */
async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000);
  const now = second();
  await pollUntil(
    'the next second',
    async () => second(),
    (then) => then > now,
  );
}
