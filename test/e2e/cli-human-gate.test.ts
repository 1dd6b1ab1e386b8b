import { beforeAll, expect, test } from 'vitest';
import { useCli } from '../support/cli.ts';
import { cliApp } from '../support/cli-app.ts';

const cli = useCli();
const { install, deploy, mode, run } = cliApp(cli);
const ada = ['--by', 'ada', '--reason', 'looked at it'];
const failing = 'process.exit(3)';

beforeAll(async () => {
  await cli.start(['worker']).prints('worker is polling');
});

test('a plan waits for approval: exit 14 with the command that approves it, and that restores: exit 10', async () => {
  await install('approved', 'onFailure: approve\n');
  const waiting = await run('approved', deploy('approved', failing)).ended;
  expect(waiting.code).toBe(14);
  const [, digest = ''] =
    /belay approve test\/approved --digest ([0-9a-f]{16}) --by <you>\n/.exec(waiting.stdout) ?? [];
  expect(mode('approved')).toBe('v2');

  const status = await cli.belay(['status', 'test/approved']);
  expect(status.stdout).toContain(`belay approve test/approved --digest ${digest} --by <you>`);
  const wrong = await cli.belay(['approve', 'test/approved', '--digest', 'f'.repeat(16), '--by', 'ada']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain(`belay: "planDigest": ffffffffffffffff is not the plan that waits (${digest})`);

  const approved = await cli.belay(['approve', 'test/approved', '--digest', digest, '--by', 'ada']);
  expect(approved).toMatchObject({ code: 10, stderr: '' });
  expect(mode('approved')).toBe('v1');
});

test('a guard that only observes leaves command and clusters alone, and exits with the code of the command', async () => {
  await install('observed', 'onFailure: observe\n');
  const failed = await run('observed', deploy('observed', failing)).ended;
  expect(failed).toMatchObject({ code: 3, stderr: '' });
  expect(failed.stdout).toMatch(/would have been restored: 1 update/);
  expect(failed.stdout).toMatch(/observed in .* exit 3\n$/);
  expect(mode('observed')).toBe('v2');
});

test('hold and resume: nothing is restored in between, and accept leaves it as it is: exit 13', async () => {
  await install('held');
  const running = run('held', deploy('held', 'setTimeout(() => process.exit(3), 4000)'));
  await running.prints('baseline');
  const held = await cli.belay(['hold', 'test/held', ...ada]);
  expect(held).toMatchObject({ code: 0, stderr: '' });
  expect((await cli.belay(['status', 'test/held'])).stdout).toContain('belay resume test/held --by <you>');
  const waiting = await running.ended;
  const kept = await cli.belay(['promote', 'test/held', '--by', 'ada']);
  expect(kept).toMatchObject({ code: 2, stderr: expect.stringContaining('not watched any more: waiting(hold)') });
  expect(waiting.code).toBe(14);
  expect(waiting.stdout).toContain('belay resume test/held --by <you> --reason <why>');
  expect(mode('held')).toBe('v2');

  const accepted = await cli.belay(['resolve', 'test/held', 'accept', ...ada, '--json']);
  expect(accepted.code).toBe(13);
  expect(JSON.parse(accepted.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    event: 'ended',
    exit: 13,
    result: { outcome: 'held', reason: 'accepted by ada: looked at it' },
  });
  const late = await cli.belay(['resume', 'test/held', ...ada]);
  expect(late).toMatchObject({ code: 2, stderr: expect.stringContaining('no run of test/held is open') });
});

test('a deploy that is not healthy yet is kept by who promotes it: exit 0', async () => {
  const silent = '{ name: front, probe: { tcp: { address: "127.0.0.1:9" }, consecutive: 100 } }';
  await install('promoted', `detect: [${silent}]\n`);
  const running = run('promoted', deploy('promoted', 'process.exit(0)'));
  await running.prints('exit 0');
  const promoted = await cli.belay(['promote', 'test/promoted', '--by', 'ada']);
  expect(promoted).toMatchObject({ code: 0, stderr: '' });
  expect(promoted.stdout).toContain('promoted by ada');
  expect((await running.ended).code).toBe(0);
  const late = await cli.belay(['promote', 'test/promoted', '--by', 'ada']);
  expect(late).toMatchObject({ code: 2, stderr: expect.stringContaining('no run of test/promoted is open') });
});

test('a decision that is not offered is refused with what is: exit 2, and a blocked object may be left: exit 10', async () => {
  await install('blocked', 'onFailedWrite: hold\n');
  const path = '/namespaces/blocked/configmaps/settings';
  const refused = cli.cluster.faults.inject({
    match: { method: 'PUT', user: 'engine', dryRun: 'never', path },
    effect: { kind: 'respond', status: 403, message: 'not today' },
  });
  const waiting = await run('blocked', deploy('blocked', failing)).ended;
  expect(waiting.code).toBe(14);
  expect(waiting.stdout).toContain('eu/ConfigMap/settings  expected baseline, is unchanged: ');
  expect(waiting.stdout).toContain('belay resolve test/blocked skip --object eu/ConfigMap/settings --by <you>');

  const wrong = await cli.belay(['resolve', 'test/blocked', 'accept', ...ada]);
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('choose one of retry, revert, skip, abandon'),
  });
  const left = await cli.belay(['resolve', 'test/blocked', 'skip', '--object', 'eu/ConfigMap/settings', ...ada]);
  expect(left.code).toBe(10);
  expect(left.stdout).toContain('left  eu/ConfigMap/settings: left by ada: looked at it');
  expect(refused.fired).toBeGreaterThan(0);
  expect(mode('blocked')).toBe('v2');
});
