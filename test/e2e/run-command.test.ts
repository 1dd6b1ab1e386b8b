import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { status } from '../../src/client/index.ts';
import { useFakeBelay } from '../client/support/fake-worker.ts';
import { isAlive } from '../support/processes.ts';
import { uniqueName, useTemporal } from '../support/temporal.ts';

/** The command line as a process of its own, against a guard that answers like the real one and touches nothing. */
const temporal = useTemporal();
const fake = useFakeBelay(temporal);
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const typescript = new URL('../../node_modules/tsx/dist/esm/index.mjs', import.meta.url).href;

let folder = '';
let application = '';
let started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-run-'));
  application = uniqueName('shop');
  started = [];
  await writeFile(join(folder, 'belay.yaml'), 'clusters: { eu: { kubeconfig: eu.yaml } }\n');
});

afterEach(async () => {
  for (const process of started) process.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface Running {
  readonly process: ChildProcess;
  output(): string;
  prints(text: string): Promise<void>;
  exitCode(): Promise<number | null>;
}

function belay(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const place = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  const running = spawn(process.execPath, ['--import', typescript, main, ...args], {
    cwd: folder,
    env: { ...process.env, ...place, ...env },
  });
  started.push(running);
  let text = '';
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const exited = once(running, 'close').then(([code]) => code as number | null);
  return {
    process: running,
    output: () => text,
    prints: (part) => expect.poll(() => text, { timeout: 20_000, interval: 50 }).toContain(part),
    exitCode: () => exited,
  };
}

async function writeGuard(
  revision = 'v2',
  targets = '[{ cluster: eu, namespace: shop, scope: { selector: app=shop } }]',
) {
  const lines = [`application: ${application}`, 'environment: test', `revision: ${revision}`, 'readyTimeout: 8s'];
  await writeFile(join(folder, 'guard.yaml'), `${lines.join('\n')}\ntargets: ${targets}\n`);
}

async function run(command: readonly string[], revision?: string, env?: NodeJS.ProcessEnv): Promise<Running> {
  await writeGuard(revision);
  return belay(['run', '-f', 'guard.yaml', '--', ...command], env);
}

/** Proof that a command was started. */
const touch = ['touch', 'deployed'];
const wasDeployed = () => existsSync(join(folder, 'deployed'));

describe('without a worker', () => {
  it('does not start the command, names the queue, and exits 17', async () => {
    const running = await run(touch);
    expect(await running.exitCode()).toBe(17);
    expect(running.output()).toMatch(/no worker is polling the queues "belay".*start one with "belay worker"/);
    expect(running.output()).toContain('the command was not started');
    expect(wasDeployed()).toBe(false);
  });

  it('does not start the command in a namespace that does not exist, and exits 17', async () => {
    const running = await run(touch, 'v2', { TEMPORAL_NAMESPACE: 'nowhere' });
    expect(await running.exitCode()).toBe(17);
    expect(running.output()).toContain('has no namespace "nowhere"');
    expect(wasDeployed()).toBe(false);
  });

  it('does not start the command when Temporal is not there, and exits 1', async () => {
    const running = await run(touch, 'v2', { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(await running.exitCode()).toBe(1);
    expect(running.output()).toContain('Temporal at 127.0.0.1:1 does not answer');
    expect(running.output()).toContain('nothing was started');
    expect(wasDeployed()).toBe(false);
  });

  it('starts nothing for a wrong guard file, and exits 2', async () => {
    await writeGuard('v2', '[]');
    const running = belay(['run', '-f', 'guard.yaml', '--', ...touch]);
    expect(await running.exitCode()).toBe(2);
    expect(running.output()).toBe('belay: guard.yaml:5:10 targets: is empty; needs at least one target\n');
    expect(wasDeployed()).toBe(false);
    expect(await status(fake.belay, { environment: 'test', application })).toMatchObject({ kind: 'none' });
  });

  it.each([
    [['run', '-f', 'guard.yaml', '--frobnicate', '--', 'true'], "unknown option '--frobnicate'"],
    [['run', '-f', 'guard.yaml'], "missing required argument 'command'"],
    [['status', 'shop'], 'write <environment>/<application>, such as production/shop'],
    [['rollback', 'test/shop', '--reason', 'x'], "required option '--by <who>' not specified"],
    [['frobnicate'], "unknown command 'frobnicate'"],
  ])('%j exits 2', async (args, message) => {
    const running = belay(args);
    expect(await running.exitCode()).toBe(2);
    expect(running.output()).toContain(message);
  });
});

describe('with a worker', () => {
  let stop: () => void = () => undefined;
  let stopped: Promise<void> = Promise.resolve();

  beforeAll(() => {
    stopped = fake.withWorkers(() => new Promise<void>((resolve) => (stop = resolve)));
  });

  afterAll(async () => {
    stop();
    await stopped;
  });

  it('exits 0 when the deploy is kept, with each line once', async () => {
    const running = await run(['sh', '-c', 'touch deployed; echo from the command']);
    expect(await running.exitCode()).toBe(0);
    expect(wasDeployed()).toBe(true);
    const lines = running.output().split('\n');
    expect(lines[0]).toBe(`  ${application} · test · eu`);
    expect(lines[1]).toBe('✔ locked');
    expect(lines[2]).toBe('from the command');
    expect(lines[3]).toMatch(/^▶ sh -c touch deployed; echo from the command exit 0/);
    expect(lines.slice(4).join('\n')).toMatch(/^ {2}deployed\n {2}kept in \d+\.\d s · journal 17 +exit 0\n$/);
  });

  it('prints one JSON object per event and keeps the command out of it', async () => {
    await writeGuard();
    const running = belay(['run', '-f', 'guard.yaml', '--json', '--', 'sh', '-c', 'echo noise >&2']);
    let stdout = '';
    running.process.stdout?.on('data', (chunk) => (stdout += String(chunk)));
    expect(await running.exitCode()).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual([
      'started',
      'progress',
      'commandStarted',
      'commandEnded',
      'ended',
    ]);
    expect(events.at(-1)).toMatchObject({ result: { outcome: 'kept' }, exit: 0 });
  });

  it('exits 10 when the command fails and the guard puts everything back', async () => {
    const running = await run(['sh', '-c', 'exit 3']);
    expect(await running.exitCode()).toBe(10);
    expect(running.output()).toMatch(/▶ sh -c exit 3 exit 3/);
    expect(running.output()).toMatch(/restored in .* exit 10/);
  });

  it('reports a command that does not exist as a failed deploy', async () => {
    const running = await run(['no-such-deploy-tool']);
    expect(await running.exitCode()).toBe(10);
    expect(running.output()).toContain('command not found: no-such-deploy-tool');
    expect(await status(fake.belay, { environment: 'test', application })).toMatchObject({
      end: { result: { reason: 'command: command not found: no-such-deploy-tool' } },
    });
  });

  it('ends the command at Ctrl-C, tells the guard, and follows it to the outcome', async () => {
    const running = await run(['sh', '-c', 'sleep 100 & echo $! > pid; wait']);
    await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 20_000 }).toBe(true);
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    running.process.kill('SIGINT');
    expect(await running.exitCode()).toBe(10);
    expect(await isAlive(pid)).toBe(false);
    expect(await status(fake.belay, { environment: 'test', application })).toMatchObject({
      end: { result: { reason: 'interrupt: the deploy was interrupted' } },
    });
  });

  it('ends the command when the guard fails for another reason, and says so to the guard', async () => {
    const running = await run(['sh', '-c', 'touch deployed; sleep 100']);
    await expect.poll(wasDeployed, { timeout: 20_000 }).toBe(true);
    const handle = temporal.client.workflow.getHandle(`belay:test/${application}`);
    await handle.signal('reportFailure', { source: 'workloads', reason: 'ImagePullBackOff', key: 'k' });
    expect(await running.exitCode()).toBe(10);
    expect(running.output()).toMatch(/▶ sh -c .* killed by SIGTERM/);
    expect(running.output()).toContain('restored');
  });

  it('lets a newer deploy take over, ends its own command and exits 15', async () => {
    const running = await run(['sh', '-c', 'touch deployed; sleep 100']);
    await expect.poll(wasDeployed, { timeout: 20_000 }).toBe(true);
    const newer = belay(['run', '-f', 'guard.yaml', '--', 'true']);
    expect(await running.exitCode()).toBe(15);
    expect(await newer.exitCode()).toBe(0);
    expect(newer.output()).toContain('to make room');
  });

  it('leaves the guard open and exits 14 when a person must decide; resolve goes on from there', async () => {
    const running = await run(['true'], 'blocked');
    expect(await running.exitCode()).toBe(14);
    expect(running.output()).toContain('waiting(blocked)');
    const shown = belay(['status', `test/${application}`]);
    expect(await shown.exitCode()).toBe(0);
    expect(shown.output()).toContain('waiting(blocked)');
    const resolve = belay(['resolve', `test/${application}`, 'abandon', '--by', 'ada', '--reason', 'seen to']);
    expect(await resolve.exitCode()).toBe(18);
    expect(resolve.output()).toContain('seen to');
  });

  it('exits 17 while another guard is restoring, and 2 for a request the worker rejects', async () => {
    await run(['true'], 'busy').then(async (running) => {
      await running.prints('is past deploying');
      running.process.kill('SIGINT');
      expect(await running.exitCode()).toBe(1);
    });
    const busy = belay(['run', '-f', 'guard.yaml', '--', ...touch]);
    expect(await busy.exitCode()).toBe(17);
    expect(busy.output()).toContain('busy: another guard of this application is open (restoring');
    expect(wasDeployed()).toBe(false);
    application = uniqueName('shop');
    const rejected = await run(touch, 'rejected');
    expect(await rejected.exitCode()).toBe(2);
    expect(rejected.output()).toContain('the request was rejected: targets: unknown cluster');
  });

  it('detaches at the second Ctrl-C, and the guard goes on', async () => {
    const running = await run(['sh', '-c', "trap '' TERM; touch deployed; while :; do sleep 0.1; done"]);
    await expect.poll(wasDeployed, { timeout: 20_000 }).toBe(true);
    running.process.kill('SIGINT');
    await running.prints('the guard decides');
    running.process.kill('SIGINT');
    expect(await running.exitCode()).toBe(1);
    expect(running.output()).toContain(`look at "belay status test/${application}"`);
    const open = await status(fake.belay, { environment: 'test', application });
    expect(open.kind).toBe('open');
  });

  it('rolls back on demand', async () => {
    const running = belay(['rollback', `test/${application}`, '--by', 'ada', '--reason', 'slow since noon']);
    expect(await running.exitCode()).toBe(10);
    expect(running.output()).toContain('a rollback was started');
  });

  it('says so when an application has no run', async () => {
    const running = belay(['status', `test/${application}`]);
    expect(await running.exitCode()).toBe(2);
    expect(running.output()).toContain('no run is known here');
  });
});
