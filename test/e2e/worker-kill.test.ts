import { once } from 'node:events';
import { expect, test } from 'vitest';
import { at } from '../../src/sandbox/index.ts';
import { useCli } from '../support/cli.ts';
import { pollUntil } from '../support/poll.ts';

const cli = useCli();
const app = 'killed';
const settings = `/api/v1/namespaces/${app}/configmaps/settings`;

/** Of the audit: what came before is another test's. */
let begun = 0;
const write = { method: 'PUT', path: settings, user: 'engine', dryRun: 'never' } as const;

function configMap(mode: string) {
  const metadata = { name: 'settings', namespace: app, labels: { app } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mode } };
}

async function install(): Promise<void> {
  begun = cli.cluster.audit().length;
  await cli.cluster.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: app },
  });
  await cli.cluster.request('POST', `/api/v1/namespaces/${app}/configmaps`, configMap('v1'));
  const scope = `{ selector: app=${app}, kinds: [v1/ConfigMap] }`;
  const target = `{ cluster: eu, namespace: ${app}, scope: ${scope} }`;
  await cli.write('guard.yaml', `application: ${app}\nenvironment: test\ntargets: [${target}]\ndeadline: 60s\n`);
}

async function end({ process: worker }: ReturnType<typeof cli.start>, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const gone = once(worker, 'close');
  worker.kill(signal);
  await gone;
}

/** Writes v2 over HTTP, then fails. */
function badDeploy(): string[] {
  const headers = { authorization: `Bearer ${cli.cluster.tokens.deployer}`, 'content-type': 'application/json' };
  const request = JSON.stringify({ method: 'PUT', headers, body: JSON.stringify(configMap('v2')) });
  const url = JSON.stringify(`${cli.cluster.url}${settings}`);
  return [process.execPath, '-e', `fetch(${url}, ${request}).then(() => process.exit(3))`];
}

test('a worker killed while it writes the baseline back is replaced, and the rollback ends restored', async () => {
  const first = cli.start(['worker']);
  await first.prints('worker is polling');
  await install();
  const unanswered = cli.cluster.faults.inject({
    match: write,
    effect: { kind: 'delayAnswer', ms: 60_000 },
    count: 1,
  });
  const run = cli.start(['run', '-f', 'guard.yaml', '--', ...badDeploy()]);
  await unanswered.whenFired();
  await end(first, 'SIGKILL');
  const second = cli.start(['worker']);

  expect(await run.ended).toMatchObject({ code: 10, stdout: expect.stringContaining('restored') });
  expect(at(cli.cluster.read(settings) ?? {}, 'data', 'mode')).toBe('v1');
  expect(unanswered.fired).toBe(1);
  await end(second, 'SIGTERM');
});

test('a worker that stands still while it writes, and wakes after the outcome, changes nothing any more', async () => {
  const first = cli.start(['worker']);
  await first.prints('worker is polling');
  await install();
  const { faults } = cli.cluster;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stopped = faults.inject({
    match: write,
    effect: {
      kind: 'call',
      when: 'before',
      run: () => {
        first.process.kill('SIGSTOP');
        return released;
      },
    },
    count: 1,
  });
  faults.inject({ match: write, effect: { kind: 'respond', status: 403 }, nth: 2, count: 1 });
  const run = cli.start(['run', '-f', 'guard.yaml', '--', ...badDeploy()]);
  await stopped.whenFired();
  cli.start(['worker']);
  expect(await run.ended).toMatchObject({ code: 11, stdout: expect.stringContaining('reverted') });

  const [held, ...others] = writes();
  const seen = cli.cluster.audit().length;
  const version = versionOfSettings();
  release();
  first.process.kill('SIGCONT');
  const since = async () => cli.cluster.audit().slice(seen);
  await pollUntil('the woken worker has looked', since, (entries) => entries.some(({ method }) => method === 'GET'));
  await end(first, 'SIGTERM');
  expect(held).toMatchObject({ outcome: 'running' });
  const answered = { status: 409, outcome: expect.any(String), faults: expect.any(Array) };
  expect(writes()).toEqual([{ ...held, ...answered }, ...others]);
  expect(versionOfSettings()).toBe(version);
  expect(at(cli.cluster.read(settings) ?? {}, 'data', 'mode')).toBe('v2');
});

/** What workers have sent to change the settings, in the order in which it came in. */
function writes() {
  const toSettings = cli.cluster.audit().filter(({ method, path }) => method === 'PUT' && path.startsWith(settings));
  return toSettings.filter(({ user, dryRun, seq }) => user === 'engine' && !dryRun && seq > begun);
}

function versionOfSettings() {
  return at(cli.cluster.read(settings) ?? {}, 'metadata', 'resourceVersion');
}
