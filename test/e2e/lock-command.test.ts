import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, type Json } from '../../src/sandbox/index.ts';
import { useCli } from '../support/cli.ts';
import { cliApp } from '../support/cli-app.ts';
import { pollUntil } from '../support/poll.ts';

const cli = useCli();
const { install, deploy, mode, run } = cliApp(cli);
const app = 'locked';
const name = `test/${app}`;
const settings = `/api/v1/namespaces/${app}/configmaps/settings`;
const leases = `/apis/coordination.k8s.io/v1/namespaces/${app}/leases`;
const where = ['--cluster', 'eu', '--namespace', app] as const;
const who = ['--by', 'ada', '--reason', 'that Temporal is gone'] as const;

beforeAll(async () => {
  await cli.start(['worker']).prints('worker is polling');
  await install(app);
});

const script = (body: string) => [process.execPath, '-e', body];
const keep = () => run(app, script('')).ended;
const lease = () => cli.cluster.list(leases)[0] ?? {};
const holder = () => String(at(lease(), 'spec', 'holderIdentity'));

test('a lock that was given back is shown as held by nobody, with the end of the journal', async () => {
  expect(await keep()).toMatchObject({ code: 0 });
  const shown = await cli.belay(['lock', 'show', name, ...where]);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /^ {2}Lease locked\/belay-[0-9a-f]{16} in eu\n {2}holder {3}nobody\n {2}epoch {4}1\n {2}journal {2}record \d+, sha256:/,
  );
  const nothing = await cli.belay(['lock', 'break', name, ...where, ...who]);
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody holds Lease locked/belay-') });
});

test('records that are cut off at the end are missed, since the Lease knows of them', async () => {
  expect(await cli.belay(['history', name, '--verify'])).toMatchObject({ code: 0, stderr: '' });
  const folder = join(cli.folder, '.belay/store/journal/test', app);
  const last = (await readdir(folder)).sort().at(-1) ?? '';
  const content = await readFile(join(folder, last));
  await rm(join(folder, last));
  const cut = await cli.belay(['history', name, '--verify']);
  expect(cut.code).toBe(1);
  expect(cut.stdout).toContain(`the journal ends at record ${Number(last) - 1}, record ${Number(last)} has been seen`);
  await cli.write(join('.belay/store/journal/test', app, last), content);
  expect(await cli.belay(['history', name, '--verify'])).toMatchObject({ code: 0 });
});

describe('a lock whose holder this Temporal cannot ask', () => {
  const stranger = `old-temporal:7233/default/belay:${name}/0190`;

  beforeAll(async () => {
    const live = lease() as Record<string, Json>;
    const body = { ...live, spec: { ...(live.spec as object), holderIdentity: stranger } } as Json;
    const path = `${leases}/${String(at(live, 'metadata', 'name'))}`;
    expect(await cli.cluster.request('PUT', path, body, { user: 'admin' })).toMatchObject({ status: 200 });
  });

  test('lets no deploy through, and names the holder and the command', async () => {
    const turned = await keep();
    expect(turned.code).toBe(17);
    expect(turned.stderr + turned.stdout).toContain(`is held by ${stranger}, a run of another Temporal`);
    expect(turned.stderr + turned.stdout).toContain(
      `belay lock break ${name} --cluster eu --namespace locked --by <you> --reason <why>`,
    );
    expect(holder()).toBe(stranger);
  });

  test('is broken by a person, one epoch later, and the journal knows who and why', async () => {
    const broken = await cli.belay(['lock', 'break', name, ...where, ...who]);
    expect(broken).toMatchObject({ code: 0, stderr: '' });
    expect(broken.stdout).toContain(`was taken from ${stranger}`);
    expect([holder(), at(lease(), 'spec', 'leaseTransitions')]).toEqual(['', 2]);
    const told = await pollUntil(
      'the journal knows',
      () => cli.belay(['history', name, '--json']),
      ({ stdout }) => stdout.includes('"lockBroken"'),
    );
    expect(told.stdout).toMatch(/"event":"lockBroken".*"who":"ada","why":"that Temporal is gone"/);
    expect(await keep()).toMatchObject({ code: 0 });
    const after = await cli.belay(['lock', 'show', name, ...where, '--json']);
    expect(JSON.parse(after.stdout)).toMatchObject({ state: null, epoch: 3, broken: null });
    const { stdout } = await cli.belay(['history', name]);
    expect(stdout.match(/lockBroken/g)).toHaveLength(1);
  });
});

test('a lock whose run is open is not broken, and nothing is changed', async () => {
  const open = run(app, script('setTimeout(() => undefined, 60_000)'));
  await pollUntil(
    'it is held',
    async () => holder(),
    (text) => text.includes(cli.temporal.namespace),
  );
  const before = JSON.stringify(lease());
  const refused = await cli.belay(['lock', 'break', name, ...where, ...who]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('a run that is open: end that run first') });
  expect(JSON.stringify(at(JSON.parse(before), 'spec'))).toBe(JSON.stringify(at(lease(), 'spec')));
  open.process.kill('SIGINT');
  await open.ended;
});

test('a worker keeps the schedule that looks for terminated runs', async () => {
  const { action, spec } = await cli.temporal.client.schedule.getHandle('belay:keep-store').describe();
  expect(action).toMatchObject({ type: 'startWorkflow', workflowType: 'keepStore', taskQueue: 'belay' });
  expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
});

test('a terminated run is finished from the command line, and status says how', async () => {
  const write = cli.cluster.faults.inject({
    match: { method: 'PUT', path: settings, user: 'engine', dryRun: 'never' },
    effect: { kind: 'delayAnswer', ms: 1000 },
    count: 1,
  });
  const failing = run(app, deploy(app, 'process.exit(3)'));
  await write.whenFired();
  await cli.temporal.client.workflow.getHandle(`belay:${name}`).terminate('pulled the plug');
  expect((await failing.ended).code).toBe(1);
  const shown = await cli.belay(['status', name]);
  expect(shown.stdout).toContain(`"belay rollback ${name} --recover --by you --reason why" finishes it`);
  const done = await cli.belay(['rollback', name, '--recover', ...who]);
  expect(done).toMatchObject({ code: 10, stdout: expect.stringContaining('recovering') });
  expect(mode(app)).toBe('v1');
});

test('to recover, and to go back to a snapshot, exclude each other', async () => {
  const wrong = await cli.belay(['rollback', name, '--recover', '--to', 'abcdef', ...who]);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
});
