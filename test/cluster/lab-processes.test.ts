import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { type RunningLab, startLab } from '../lab/lab.ts';
import { pollUntil } from '../support/poll.ts';
import { isAlive } from '../support/processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

type Child = ChildProcessByStdio<null, Readable, null>;

const labs: RunningLab[] = [];
const children: Child[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const lab of labs.splice(0)) await lab.stop();
});

test('a lab has tokens for admin, engine and deployer, and leaves no process behind when stopped', async () => {
  const lab = await startLab({ clusters: ['solo'] });
  labs.push(lab);
  const statuses = await Promise.all(
    ['admin', 'engine', 'deployer'].map((who) => lab.cluster('solo').as(who).request('GET', '/api/v1/namespaces')),
  );
  expect(statuses.map(({ status }) => status)).toEqual([200, 403, 403]);
  expect(lab.processes.map(({ program }) => program)).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager']);
  await lab.stop();
  for (const { pid } of lab.processes) expect(await isAlive(pid)).toBe(false);
});

test('a server flag that is wrong is an error with what the server said', async () => {
  const start = startLab({ clusters: ['solo'], apiServerFlags: ['--no-such-flag'] });
  await expect(start).rejects.toThrow(/solo did not start: .*kube-apiserver ended[\s\S]*unknown flag: --no-such-flag/);
});

for (const [how, signal] of [
  ['by Ctrl-C', 'SIGINT'],
  ['by kill -9', 'SIGKILL'],
] as const) {
  test(`the clusters for a person have contexts that work, and end with their starter ${how}`, async () => {
    const { child, kubectl, kubeconfig, port } = await startForPerson();
    const nodes = await run(kubectl, [
      '--kubeconfig',
      kubeconfig,
      '--context',
      'eu-admin',
      'get',
      'nodes',
      '-o',
      'name',
    ]);
    expect(nodes.stdout.trim()).toBe('node/lab-node');
    const server = await serverAt(port);
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    await pollUntil(
      'the API server to end',
      () => isAlive(server.pid),
      (alive) => !alive,
    );
    // After kill -9 nobody was left to delete these.
    for (const folder of [dirname(kubeconfig), server.folder]) await rm(folder, { recursive: true, force: true });
  });
}

interface Printed {
  readonly child: Child;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly port: string;
}

async function startForPerson(): Promise<Printed> {
  const args = ['--import', 'tsx', 'test/lab/main.ts', '1'];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  for await (const line of createInterface(child.stdout)) {
    text += `${line}\n`;
    if (line.includes('Ctrl-C')) break;
  }
  const find = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  return {
    child,
    kubeconfig: find(/KUBECONFIG=(\S+)/),
    kubectl: find(/^(\S+) --context/m),
    port: find(/https:\/\/127\.0\.0\.1:(\d+)/),
  };
}

/** The API server that was told to use this port, and where it keeps its things. */
async function serverAt(port: string): Promise<{ pid: number; folder: string }> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
  // The shells that watch over it have the same words on their command lines.
  const isServer = (line: string) => line.includes(`--secure-port=${port}`) && !line.includes('guardian');
  const [line = '', ...others] = stdout.split('\n').filter(isServer);
  expect(others).toEqual([]);
  return { pid: Number.parseInt(line, 10), folder: /--cert-dir=(\S+)\/certificates/.exec(line)?.[1] ?? '' };
}
