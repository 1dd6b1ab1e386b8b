import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, test } from 'vitest';
import { useCli } from '../support/cli.ts';
import { cliApp } from '../support/cli-app.ts';

const cli = useCli();
const { install, deploy, mode, run } = cliApp(cli);
const secret = 'a-secret-of-thirty-two-characters';

beforeAll(async () => {
  await cli.start(['worker']).prints('worker is polling');
});

/** An application whose guard watches on until somebody reports a failure. */
async function runGuarded(app: string) {
  await install(app);
  const file = await readFile(join(cli.folder, `${app}.yaml`), 'utf8');
  await cli.write(`${app}.yaml`, file.replace('bake: 1s', 'bake: 1h'));
  const running = run(app, deploy(app));
  await running.prints('deployed');
  return running;
}

/** The example in the documentation, for this application. */
async function curlExample(url: string, app: string): Promise<string> {
  const page = await readFile(new URL('../../docs/gateway.md', import.meta.url), 'utf8');
  const [, example = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
  return example.replace('http://127.0.0.1:8710', url).replace('production/shop', `test/${app}`);
}

describe.concurrent('a failure reported', () => {
  test('to "belay serve" as the documentation shows: the run is rolled back, exit 10', async ({ expect }) => {
    const senders = '[{ name: ci, secrets: [{ env: BELAY_CI_SECRET }], applications: ["test/*"] }]';
    await cli.write('gateway.yaml', `gateway: { listen: "127.0.0.1:0", senders: ${senders} }\n`);
    const env = { BELAY_CI_SECRET: secret };
    const gateway = cli.start(['serve', '--config', 'gateway.yaml'], env);
    const running = await runGuarded('served');
    const [, url = ''] = /gateway listens at (\S+)/.exec(String(await gateway.prints('listens at'))) ?? [];
    const example = await curlExample(url, 'served');
    const { stdout } = await promisify(execFile)('sh', ['-ec', example], { env: { ...process.env, ...env } });
    expect(JSON.parse(stdout)).toMatchObject({ answer: 'accepted', application: 'test/served' });
    expect((await running.ended).code).toBe(10);
    expect(mode('served')).toBe('v1');

    gateway.process.kill('SIGTERM');
    const { code, stdout: log, stderr } = await gateway.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(log).toMatch(/202 POST \/v1\/applications\/test\/served\/failures · ci · accepted · .*\n.*gateway stops\n$/);
    expect(log).not.toMatch(/a-secret|smoke test/);
  });

  test('with "belay guard fail": exit 0 when the guard has heard it, 2 when there is none', async ({ expect }) => {
    const running = await runGuarded('told');
    const early = await cli.belay(['guard', 'fail', '-f', 'told.yaml', '--reason', 'x', '--observed-at', '2026-01-01']);
    expect(early).toMatchObject({
      code: 2,
      stdout: '· not this deploy: it was observed before this deploy was done\n',
    });
    const report = ['guard', 'fail', '--reason', 'smoke test failed', '--source', 'smoke'];
    const told = await cli.belay([...report, '-f', 'told.yaml', '--key', 'one']);
    expect(told).toMatchObject({ code: 0, stdout: '· accepted: the deploy of test/told counts as failed\n' });
    const { code, stdout } = await running.ended;
    expect(code).toBe(10);
    expect(stdout).toContain('smoke: smoke test failed');
    const late = await cli.belay([...report, '--environment', 'test', '--application', 'told']);
    expect(late).toMatchObject({ code: 2, stdout: expect.stringMatching(/^· ended: .*\(restored: /) });
    const unknown = await cli.belay([...report, '--environment', 'test', '--application', 'nobody']);
    expect(unknown).toMatchObject({ code: 2, stdout: '· no guard: none of test/nobody is known\n' });
    const half = await cli.belay([...report, '--application', 'told']);
    expect(half.stderr).toContain('give either -f <guard.yaml>, or both --environment and --application');
  });

  test('to a gateway without senders, without configuration, or that anybody could overhear: exit 2', async ({
    expect,
  }) => {
    const without = await cli.belay(['serve']);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('gateway: is missing') });
    const env = { BELAY_GATEWAY_LISTEN: '0.0.0.0:0' };
    await cli.write('open.yaml', 'gateway: { senders: [] }\n');
    const open = await cli.belay(['serve', '--config', 'open.yaml'], env);
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining('gateway.senders: is empty') });
  });
});
