import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pollUntil } from '../support/poll.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const belay = join(root, 'dist/src/cli/main.js');
const run = promisify(execFile);

/** Each demo gets a folder for temporary files of its own; it is also in the environment of whatever it starts. */
let temporary: string;
let started: ChildProcess[];

beforeAll(async () => {
  await run(process.execPath, ['scripts/build.js'], { cwd: root });
});

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'belay-demo-test-'));
  started = [];
});

afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(temporary, { recursive: true, force: true });
});

describe('belay demo', () => {
  test('puts a bad deploy back, proves it, and leaves nothing behind', async () => {
    const demo = start([belay, 'demo']);
    expect(await demo.exitCode()).toBe(0);
    const lines = demo.output().includes('v2-bad exit 0') ? [...story, ...wholeDeploy] : story;
    for (const line of lines) expect(demo.output()).toMatch(line);
    await nothingIsLeft();
  });

  test('ends everything at Ctrl-C in the middle of a deploy', async () => {
    const demo = start([belay, 'demo']);
    await demo.prints('▶ node dist');
    demo.interrupt();
    expect(await demo.exitCode()).toBe(1);
    expect(demo.output()).not.toContain('read again');
    await nothingIsLeft();
  });

  test('ends everything at Ctrl-C while it is still starting', async () => {
    const demo = start([belay, 'demo']);
    await demo.prints('clusters');
    demo.interrupt();
    expect(await demo.exitCode()).toBe(1);
    await nothingIsLeft();
  });

  test('with --keep stays up to look around: status, and the deploy workflow of the examples', async () => {
    const demo = start([belay, 'demo', '--keep']);
    await demo.prints('# put back again');
    const settings = settingsIn(demo.output());
    const status = await run(process.execPath, [belay, 'status', 'production/shop'], { cwd: root, env: settings });
    expect(status.stdout).toContain('restored · journal');

    const worker = start(['dist/examples/deploy-workflow/worker.js'], settings);
    const bad = start(['dist/examples/deploy-workflow/start.js', 'v2-bad'], settings);
    expect(await bad.exitCode()).toBe(1);
    expect(bad.output()).toContain('v2-bad is not kept: restored');
    worker.interrupt();
    await worker.exitCode();

    demo.interrupt();
    expect(await demo.exitCode()).toBe(0);
    await nothingIsLeft();
  });
});

const story = [
  /✔ locked /,
  /✔ baseline [0-9a-f]{6} +24 objects, one instant across 3/,
  /▶ node dist\/examples\/shop\/deploy\.js --version v2-bad (exit 0|killed by SIGTERM)/,
  /✖ failed +.*us\/.*checkout.*ErrImagePull|✖ failed +.*us\/.*checkout.*ImagePullBackOff/,
  /✔ plan +\d+ update · .*; (\d+) of \1 writes proven by dry run/,
  /✔ written +eu (\d)\/\1 +us (\d)\/\2 +ap (\d)\/\3/,
  /✔ verified /,
  /restored in .* exit 10/,
  /✔ read again +21 of 21 objects are as they were before the deploy/,
  /outcome restored/,
  /✔ every record is there, in order and as it was written/,
  /http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/belay%3Aproduction%2Fshop/,
];

/** On a busy machine the bad image is seen before the command has ended, which is then stopped half-way. */
const wholeDeploy = [
  /✔ plan +12 update · 3 create · 3 prune · 9 unchanged/,
  /✔ written +eu 5\/5 +us 5\/5 +ap 5\/5/,
  /✔ pruned +eu 1 +us 1 +ap 1/,
];

interface Running {
  output(): string;
  prints(text: string): Promise<unknown>;
  interrupt(): void;
  exitCode(): Promise<number>;
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...env, TMPDIR: temporary } });
  started.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  const exited = once(child, 'close').then(([code]) => Number(code ?? -1));
  return {
    output: () => output,
    prints: (text) =>
      pollUntil(
        `it prints "${text}"`,
        async () => output,
        (printed) => printed.includes(text),
      ),
    interrupt: () => child.kill('SIGINT'),
    exitCode: () => exited,
  };
}

function settingsIn(output: string): NodeJS.ProcessEnv {
  const [, line = ''] = /export (.*)/.exec(output) ?? [];
  return { ...process.env, ...Object.fromEntries(line.split(' ').map((setting) => setting.split('='))) };
}

/** The shells that guard the servers sleep for a last moment. */
async function nothingIsLeft(): Promise<void> {
  await pollUntil('nothing is left', leftovers, (found) => found.length === 0, 15_000);
}

/** Files in the temporary folder, and living processes that were started with it. */
async function leftovers(): Promise<string[]> {
  const processes = existsSync('/proc') ? readdirSync('/proc').filter(isOurs) : [];
  return [...(await readdir(temporary)), ...processes.map((pid) => `process ${pid} ${commandOf(pid)}`)];
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function isOurs(pid: string): boolean {
  try {
    return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temporary}`);
  } catch {
    return false;
  }
}
