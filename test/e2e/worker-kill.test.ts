import { once } from 'node:events';
import { expect, test } from 'vitest';
import { at } from '../../src/sandbox/index.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const app = 'killed';
const settings = `/api/v1/namespaces/${app}/configmaps/settings`;

function configMap(mode: string) {
  const metadata = { name: 'settings', namespace: app, labels: { app } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mode } };
}

async function install(): Promise<void> {
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
  const write = cli.cluster.faults.inject({
    match: { method: 'PUT', path: settings, user: 'engine', dryRun: 'never' },
    effect: { kind: 'delayAnswer', ms: 60_000 },
    count: 1,
  });
  const run = cli.start(['run', '-f', 'guard.yaml', '--', ...badDeploy()]);
  await write.whenFired();
  const gone = once(first.process, 'close');
  first.process.kill('SIGKILL');
  await gone;
  cli.start(['worker']);

  expect(await run.ended).toMatchObject({ code: 10, stdout: expect.stringContaining('restored') });
  expect(at(cli.cluster.read(settings) ?? {}, 'data', 'mode')).toBe('v1');
  expect(write.fired).toBe(1);
});
