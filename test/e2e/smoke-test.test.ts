import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { statusLines } from '../../src/cli/status-lines.ts';
import { at } from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { type Guard, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

/** Applications whose worker is lost once, right after it has made their Job. */
const lost = new Set<string>();

function losingWorkers(activities: Activities): Activities {
  return {
    ...activities,
    startJob: async (input) => {
      const report = await activities.startJob(input);
      if (lost.delete(input.run.application)) throw new Error('the worker is gone');
      return report;
    },
  };
}

const engine = useEngine({ wrap: losingWorkers });

interface Tested {
  readonly app: SmallApp;
  readonly guard: Guard;
  readonly before: Record<string, unknown>;
}

type Scope = GuardRequest['targets'][number]['scope'];

interface Options extends Partial<GuardRequest> {
  readonly image?: string;
  readonly timeout?: '2s' | '60s';
  readonly scope?: Scope;
}

/** A guard in one cluster whose smoke test has this image. */
async function guardWith(name: string, { image = 'check:v1', timeout = '60s', scope, ...options }: Options) {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const before = await app.content();
  const template = { spec: { containers: [{ name: 'check', image: `registry/${image}` }] } };
  const guard = await engine.start(
    engine.request(app.name, {
      targets: [{ cluster: 'eu', namespace: app.name, scope: scope ?? { selector: `app=${app.name}` } }],
      detect: [{ name: 'smoke', job: { timeout, spec: { template } } }],
      ...options,
    }),
  );
  await guard.ready();
  return { app, guard, before };
}

async function deploy({ app, guard }: Tested): Promise<void> {
  await app.put('eu', app.configMap('settings', { mode: 'wild' }));
  await app.put('eu', app.deployment('registry/app:v2'));
  await guard.deployed();
}

const jobsPath = (app: SmallApp) => `/apis/batch/v1/namespaces/${app.name}/jobs`;
const jobsOf = (app: SmallApp) => engine.sandbox.cluster('eu').list(jobsPath(app));
const podsOf = (app: SmallApp) =>
  engine.sandbox
    .cluster('eu')
    .list(`/api/v1/namespaces/${app.name}/pods`)
    .filter((pod) => at(pod, 'metadata', 'labels', 'job-name') !== undefined);

/** Answers to the requests that were to make it. */
function madeBy(app: SmallApp): readonly number[] {
  const entries = engine.sandbox.cluster('eu').audit();
  return entries
    .filter(({ verb, path }) => verb === 'create' && path.startsWith(jobsPath(app)))
    .map(({ status }) => status);
}

async function expectNothingLeft(app: SmallApp): Promise<void> {
  expect(jobsOf(app)).toEqual([]);
  await pollUntil(
    'its pods to be collected',
    async () => podsOf(app),
    ({ length }) => length === 0,
  );
}

const smoke = ({ sources = [] }: StatusView) => sources[0];
const runs = (view: StatusView) => typeof smoke(view)?.job === 'string';

describe.concurrent('a deploy with a smoke test', () => {
  test('is kept when that completes; its Job begins after "deployed", once, and is gone in the bake', async () => {
    const tested = await guardWith('smoke-good', { bake: '3s' });
    await tested.guard.until('workloads seen', ({ targets }) => targets[0]?.verdict === 'healthy');
    expect(madeBy(tested.app)).toEqual([]);
    await deploy(tested);
    const view = await tested.guard.until('its Job gone', (seen) => smoke(seen)?.job === null);
    expect(view).toMatchObject({ phase: 'watching', sources: [{ kind: 'job', verdict: 'healthy' }] });
    await expectNothingLeft(tested.app);
    expect(await tested.guard.result()).toMatchObject({
      outcome: 'kept',
      reason: 'healthy in every target and by job smoke for 3 s',
    });
    expect(madeBy(tested.app)).toEqual([201]);
  });

  test.each([
    ['a selector', undefined],
    ['a selector that fits whatever is not labelled', { selector: '!nobody' }],
    [
      'names',
      {
        refs: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' },
        ],
      },
    ],
  ] as const)(
    'is restored when that fails, in a scope of %s: what it printed is told, its Job gone',
    async (_, scope) => {
      const tested = await guardWith('smoke-bad', {
        image: 'check:crash',
        ...(scope ? { scope: scope as Scope } : {}),
      });
      await deploy(tested);
      const result = await tested.guard.result();
      expect(result).toMatchObject({ outcome: 'restored', left: [] });
      expect(result.suspects ?? []).toEqual([]);
      await expectNothingLeft(tested.app);
      expect(await tested.app.content()).toEqual(tested.before);

      const view = await tested.guard.status();
      const said =
        'container check exited with 1 (Error); its log ends with "error: the check has failed"; BackoffLimit';
      expect(view.failure).toMatchObject({ source: 'job', reason: expect.stringContaining(`smoke Failed: ${said}`) });
      const printed = 'registry/check:crash starts\nerror: the check has failed';
      expect(smoke(view)?.log).toBe(printed);
      const { application, environment } = view;
      const shown = statusLines({ application, environment }, { kind: 'open', workflowId: '', runId: '', view }, null);
      expect(shown).toEqual(expect.arrayContaining(printed.split('\n').map((line) => `    │ ${line}`)));
      const records = await engine.deps.journal.read({ application, environment });
      expect(records.find(({ event }) => event === 'failed')?.data.logs).toEqual({ smoke: printed });
    },
  );

  test('is restored beside a Job that cannot be deleted, which is nobody’s and stays as it is', async () => {
    const tested = await guardWith('smoke-stuck', { image: 'check:crash', scope: { selector: '!nobody' } });
    const { app, guard, before } = tested;
    engine.sandbox.cluster('eu').deny({ user: 'engine', verb: 'delete', resource: 'jobs', namespace: app.name });
    await deploy(tested);
    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(result.suspects ?? []).toEqual([]);
    expect(await app.content()).toEqual(before);
    const spec = { activeDeadlineSeconds: 120, ttlSecondsAfterFinished: 3600 };
    expect(jobsOf(app)).toMatchObject([{ spec, status: { failed: 1 } }]);
    const told = (await guard.status()).timeline.map(({ text }) => text);
    expect(told).toContainEqual(expect.stringMatching(/^job smoke: its Job could not be deleted: .*cannot delete/));
  });

  test('is restored when that does not end in time', async () => {
    const tested = await guardWith('smoke-slow', { image: 'check:slow-600s', timeout: '2s' });
    await deploy(tested);
    expect(await tested.guard.result()).toMatchObject({ outcome: 'restored' });
    expect((await tested.guard.status()).failure?.reason).toMatch(
      /^smoke Timeout: container check is running; its log ends with ".* starts"; not finished within 2 s$/,
    );
    await expectNothingLeft(tested.app);
  });

  test.each([
    ['is promoted', 'kept', (guard: Guard) => guard.signal('promote', { guardId: guard.request.guardId, by: 'mia' })],
    ['has failed elsewhere', 'restored', (guard: Guard) => guard.fail()],
    [
      'is cancelled',
      'cancelled',
      (guard: Guard) => guard.signal('cancel', { guardId: guard.request.guardId, by: 'mia', reason: 'enough' }),
    ],
  ] as const)('that %s while that runs leaves no Job behind', async (_, outcome, say) => {
    const tested = await guardWith('smoke-stopped', { image: 'check:slow-600s' });
    await deploy(tested);
    await tested.guard.until('its Job there', runs);
    await say(tested.guard);
    expect(await tested.guard.result()).toMatchObject({ outcome });
    await expectNothingLeft(tested.app);
  });
});

describe.concurrent('a smoke test', () => {
  test('that may not be started makes a deploy wait for a person, and goes on by itself once it may', async () => {
    const tested = await guardWith('smoke-denied', { deadline: '8s' });
    const { app, guard } = tested;
    const allow = engine.sandbox
      .cluster('eu')
      .deny({ user: 'engine', verb: 'create', resource: 'jobs', namespace: app.name });
    await deploy(tested);
    const view = await guard.until('a person asked', ({ phase }) => phase === 'waiting(hold)');
    expect(view.decision).toMatchObject({ kind: 'hold', reason: 'no answer from job smoke within 8 s' });
    expect(smoke(view)?.evidence).toMatchObject([
      { reason: 'CannotBeStarted', message: expect.stringContaining('cannot create resource "jobs"') },
    ]);
    allow();
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    await expectNothingLeft(app);
  });

  test('is the same Job for a worker that takes over, and for one whose answer was lost', async () => {
    const tested = await guardWith('smoke-lost', {});
    const { app, guard } = tested;
    lost.add(app.name);
    const path = `${jobsPath(app)}\\?`;
    engine.sandbox
      .cluster('eu')
      .faults.inject({ match: { method: 'POST', path }, effect: { kind: 'doThenDrop' }, count: 1 });
    await deploy(tested);
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    expect(lost.has(app.name)).toBe(false);
    expect(madeBy(app)).toHaveLength(1);
    await expectNothingLeft(app);
  });

  test('of which nothing is heard is no evidence, until the API server answers again', async () => {
    const tested = await guardWith('smoke-silent', { image: 'check:slow-20s' });
    const { app, guard } = tested;
    await deploy(tested);
    await guard.until('its Job there', runs);
    const silence = engine.sandbox
      .cluster('eu')
      .faults.inject({ match: { method: 'GET', path: `${jobsPath(app)}/` }, effect: { kind: 'drop' } });
    const view = await guard.until('no answer', (seen) => smoke(seen)?.verdict === 'inconclusive');
    expect(smoke(view)?.evidence).toMatchObject([{ reason: 'Unreachable' }]);
    silence.remove();
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    expect(madeBy(app)).toEqual([201]);
  });

  test('whose Job somebody else deletes says nothing, and is not started again', async () => {
    const tested = await guardWith('smoke-deleted', { image: 'check:slow-600s', deadline: '8s' });
    const { app, guard } = tested;
    await deploy(tested);
    await guard.until('its Job there', runs);
    const name = String(at(jobsOf(app)[0] ?? {}, 'metadata', 'name'));
    await engine.sandbox.cluster('eu').request('DELETE', `${jobsPath(app)}/${name}`);
    const view = await guard.until('a person asked', ({ phase }) => phase === 'waiting(hold)');
    expect(smoke(view)?.evidence).toMatchObject([{ reason: 'Deleted' }]);
    await guard.signal('promote', { guardId: guard.request.guardId, by: 'mia' });
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    expect(madeBy(app)).toEqual([201]);
  });

  test('leaves somebody else’s Job of its name alone, and says so', async () => {
    const tested = await guardWith('smoke-taken', {});
    const { app, guard } = tested;
    const { operationId } = await guard.status();
    const name = `belay-smoke-${createHash('sha256').update(`${operationId}/smoke`).digest('hex').slice(0, 16)}`;
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'other', image: 'x:v1' }] } };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: app.name }, spec: { template } };
    await engine.sandbox.cluster('eu').request('POST', jobsPath(app), job);
    await deploy(tested);
    const view = await guard.until('no answer', (seen) => smoke(seen)?.verdict === 'inconclusive');
    expect(smoke(view)?.evidence).toMatchObject([{ message: `Job/${name} is there already and not of this guard` }]);
    await guard.signal('promote', { guardId: guard.request.guardId, by: 'mia' });
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    expect(jobsOf(app).map((one) => at(one, 'metadata', 'name'))).toEqual([name]);
  });
});
