import { afterAll, describe, test } from 'vitest';
import { type JsonObject, numberAt } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import { describeKind, isAllowedBy, requestsOf } from '../support/lab-audit.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';
import { applyRights, printRights, removeRights, rulesOf, without } from '../support/lab-rbac.ts';
import { pollUntil } from '../support/poll.ts';

/** The engine of this file may do what `belay rbac` prints, and nothing else. */
const engine = useLabEngine({ rights: 'none' });

const printed: (readonly JsonObject[])[] = [];
afterAll(async () => {
  for (const rights of printed) await removeRights(engine.lab, rights);
});

/** Jobs are not in its scope: what it may do to them is for smoke tests. */
function requestOf(app: LabApplication, image: string): GuardRequest {
  const { targets, ...request } = app.request({ deadline: '30s', bake: '3s' });
  const kinds = ['apps/v1/Deployment'];
  const template = { spec: { containers: [{ name: 'check', image: `registry.example/${image}` }] } };
  return {
    ...request,
    targets: targets.map((target) => ({ ...target, scope: { selector: `app=${app.name}`, kinds, closure: false } })),
    detect: [{ name: 'smoke', job: { cluster: 'eu', timeout: '20s', spec: { template } } }],
  };
}

function web(app: LabApplication, image: string): JsonObject {
  const labels = { app: app.name, role: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: app.meta('web'), spec };
}

/** Guarded, deployed, and well but for the smoke test. */
async function deployWith(image: string, change = (rights: readonly JsonObject[]) => rights) {
  const { lab } = engine;
  const app = await engine.application('smoke');
  await app.apply([web(app, 'registry.example/web:v1')]);
  const path = `/apis/apps/v1/namespaces/${app.name}/deployments/web`;
  const isAvailable = (live: JsonObject | undefined) => numberAt(live, 'status', 'availableReplicas') === 1;
  await Promise.all(lab.clusters.map((cluster) => cluster.as('admin').until('v1 available', path, isAvailable)));
  const request = requestOf(app, image);
  const rights = change(await printRights(lab, request));
  printed.push(rights);
  await Promise.all(lab.clusters.map(({ name }) => applyRights(lab, name, rights)));
  const before = await app.content();
  const guard = await app.guard(request);
  await app.apply([web(app, 'registry.example/web:v2')]);
  await guard.deployed();
  return { app, guard, rights, before };
}

/** What the engine asked about Jobs and logs in the cluster of the smoke test. */
async function askedAboutJobs(app: LabApplication, rights: readonly JsonObject[]) {
  const requests = await requestsOf(engine.lab, engine.lab.cluster('eu'), app.name);
  const about = requests.filter(({ objectRef }) => objectRef?.resource === 'jobs' || objectRef?.subresource === 'log');
  const own = about.filter(({ verb }) => verb !== 'list');
  const denied = own.filter((entry) => !isAllowedBy(rights.flatMap(rulesOf), entry));
  return { kinds: new Set(own.map(describeKind)), denied };
}

/** Jobs and their pods. */
async function expectNothingLeft(app: LabApplication): Promise<void> {
  const admin = engine.lab.cluster('eu').as('admin');
  const left = async () => {
    const jobs = await admin.list(`/apis/batch/v1/namespaces/${app.name}/jobs`);
    const pods = await admin.list(`/api/v1/namespaces/${app.name}/pods?labelSelector=batch.kubernetes.io/job-name`);
    return [...jobs, ...pods];
  };
  await pollUntil('the Job and its pods to be gone', left, ({ length }) => length === 0);
}

describe.concurrent('a smoke test on a real API server, by an engine that may do what belay rbac prints', () => {
  test('keeps a deploy when it completes, and is deleted', async ({ expect }) => {
    const { app, guard, rights } = await deployWith('check:v1');
    expect(await guard.result()).toMatchObject({ outcome: 'kept', reason: expect.stringContaining('job smoke') });
    await expectNothingLeft(app);
    const { kinds, denied } = await askedAboutJobs(app, rights);
    expect(kinds).toEqual(new Set(['create jobs', 'get jobs', 'delete jobs']));
    expect(denied).toEqual([]);
  });

  test('takes a deploy back when it fails, though no log is to be had here', async ({ expect }) => {
    const { app, guard, rights, before } = await deployWith('check:crash');
    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.content()).toEqual(before);
    const { failure, sources = [] } = await guard.status();
    expect(failure?.reason).toMatch(/^smoke Failed: container check exited with 1 \(Error\); BackoffLimitExceeded/);
    expect(sources).toMatchObject([{ job: null, verdict: 'failing' }]);
    expect(sources[0]?.log).toBeUndefined();
    await expectNothingLeft(app);
    const { kinds, denied } = await askedAboutJobs(app, rights);
    expect(kinds).toEqual(new Set(['create jobs', 'get jobs', 'delete jobs', 'get pods']));
    expect(denied).toEqual([]);
  });

  test('makes a deploy wait for a person when the engine may not make Jobs', async ({ expect }) => {
    const { guard } = await deployWith('check:v1', (rights) => without(rights, 'create', 'jobs'));
    const view = await guard.until('a person asked', ({ phase }) => phase === 'waiting(hold)');
    expect(view.sources?.[0]?.evidence).toMatchObject([{ message: expect.stringMatching(/cannot create .*jobs/) }]);
    await guard.signal('promote', { guardId: guard.request.guardId, by: 'mia' });
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
  });
});
