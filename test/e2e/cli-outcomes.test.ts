import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Ended, useCli } from '../support/cli.ts';
import { cliApp } from '../support/cli-app.ts';
import { pollUntil } from '../support/poll.ts';
import { isAlive } from '../support/processes.ts';

/** The real thing at every end: built command line, `belay worker` as a process, Temporal, clusters over HTTP. */
const cli = useCli();

beforeAll(async () => {
  await cli.start(['worker']).prints('worker is polling');
});

const { install, deploy, mode, run } = cliApp(cli);

function events({ stdout }: Ended): { event: string; [field: string]: unknown }[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as { event: string });
}

test('a deploy that stays healthy is kept: exit 0, plain lines; later it is rolled back on demand: exit 10', async () => {
  await install('kept');
  const ended = await run('kept', deploy('kept')).ended;
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(/✔ locked[\s\S]*✔ baseline[\s\S]*▶ .* exit 0[\s\S]*kept in .* · journal \d+ +exit 0\n$/);
  expect(ended.stdout).toContain('one instant across 1 target ');
  expect(ended.stdout.match(/healthy in every target for/g)).toHaveLength(1);
  expect(ended.stdout).not.toContain('\u001b');
  expect(ended.stdout).not.toContain('\r');
  expect(mode('kept')).toBe('v2');

  const closed = await cli.belay(['status', 'test/kept', '--json']);
  expect(closed.code).toBe(0);
  expect(JSON.parse(closed.stdout)).toMatchObject({ kind: 'closed', end: { result: { outcome: 'kept' } } });

  const [, baseline = ''] = /✔ baseline ([0-9a-f]{6})/.exec(ended.stdout) ?? [];
  const why = ['--by', 'ada', '--reason', 'slow since noon'];
  const rollback = await cli.belay(['rollback', 'test/kept', ...why, '--to', baseline]);
  expect(rollback).toMatchObject({ code: 10, stderr: '' });
  expect(rollback.stdout).toContain('a rollback was started');
  expect(mode('kept')).toBe('v1');
});

test('a command that exits 3 is put back: exit 10, one JSON object per event', async () => {
  await install('fails');
  const ended = await run('fails', deploy('fails', 'console.log("noise"); process.exit(3)'), ['--json']).ended;
  expect(ended.code).toBe(10);
  expect(ended.stderr).toBe('noise\n');
  expect(events(ended)[0]).toMatchObject({ event: 'started', application: 'fails', clusters: ['eu'] });
  expect(events(ended)).toContainEqual(expect.objectContaining({ event: 'commandEnded', how: 'exit 3', ok: false }));
  expect(events(ended).at(-1)).toMatchObject({ event: 'ended', exit: 10, result: { outcome: 'restored' } });
  expect(mode('fails')).toBe('v1');
});

test('Ctrl-C ends the command with everything it has started, and the half-done deploy is put back: exit 10', async () => {
  await install('stopped');
  const pids = join(cli.folder, 'pids');
  const grandchild = 'const child = child_process.spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);';
  const tell = `fs.writeFileSync(${JSON.stringify(pids)}, process.pid + " " + child.pid); setInterval(() => {}, 1000);`;
  const running = run('stopped', deploy('stopped', `${grandchild} ${tell}`));
  await pollUntil('the grandchild runs', async () => existsSync(pids), Boolean);
  expect(mode('stopped')).toBe('v2');

  const open = await cli.belay(['status', 'test/stopped', '--json']);
  expect(open.code).toBe(0);
  expect(JSON.parse(open.stdout)).toMatchObject({ kind: 'open', view: { type: 'guardDeploy' } });
  const early = await cli.belay(['resolve', 'test/stopped', 'abandon', '--by', 'ada', '--reason', 'why not']);
  expect(early).toMatchObject({ code: 2, stdout: '' });
  expect(early.stderr).toMatch(/^belay: .*nothing/);

  running.process.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(10);
  expect(ended.stdout).toContain('ending the command; the guard decides what to do');
  for (const pid of (await readFile(pids, 'utf8')).split(' ')) expect(await isAlive(Number(pid))).toBe(false);
  expect(mode('stopped')).toBe('v1');
});

test('an unknown application: status exits 2, and so does resolve, because nothing waits', async () => {
  const status = await cli.belay(['status', 'test/nobody', '--json']);
  expect(status).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(status.stdout)).toMatchObject({ event: 'status', kind: 'none' });
  const resolve = await cli.belay(['resolve', 'test/nobody', 'retry', '--by', 'ada', '--reason', 'fixed']);
  expect(resolve).toEqual({
    code: 2,
    stdout: '',
    stderr: 'belay: no run of test/nobody is open: nothing waits for a decision\n',
  });
});

test('history --verify finds nothing, and after one stored record was changed names it: exit 1', async () => {
  await install('audited');
  expect((await run('audited', ['true']).ended).code).toBe(0);
  const verify = () => cli.belay(['history', 'test/audited', '--verify']);
  expect(await verify()).toEqual({
    code: 0,
    stdout: '✔ every record is there, in order and as it was written\n',
    stderr: '',
  });
  const record = join(cli.folder, '.belay/store/journal/test/audited/000000000002');
  const text = await readFile(record, 'utf8');
  await writeFile(record, text.replace('"event": "baseline"', '"event": "baselinE"'));
  expect(await readFile(record, 'utf8')).not.toBe(text);
  const found = await verify();
  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(/✖ record 2 is /);
});
