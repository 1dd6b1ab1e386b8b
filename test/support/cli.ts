import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { type Sandbox, type SandboxCluster, startSandbox } from '../../src/sandbox/index.ts';
import { pollUntil } from './poll.ts';
import { type TestTemporal, useTemporal } from './temporal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist/src/cli/main.js');

/** The built command line in a folder of its own, with one sandbox cluster `eu` and a Temporal namespace. */
export interface Cli {
  readonly temporal: TestTemporal;
  readonly cluster: SandboxCluster;
  readonly folder: string;
  write(name: string, text: string | Uint8Array): Promise<void>;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Running;
  belay(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  prints(text: string): Promise<unknown>;
}

/** Call once at the top of a test file; the members are there from `beforeAll` on. */
export function useCli(): Cli {
  const temporal = useTemporal();
  const parts: { sandbox?: Sandbox; folder?: string } = {};
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    parts.folder = await mkdtemp(join(tmpdir(), 'belay-cli-'));
    parts.sandbox = await startSandbox({ clusters: ['eu'], speed: 10 });
    await writeFile(join(parts.folder, 'eu.yaml'), parts.sandbox.kubeconfig('engine'));
    await writeFile(join(parts.folder, 'belay.yaml'), 'clusters: { eu: { kubeconfig: eu.yaml } }\n');
  });

  afterAll(async () => {
    for (const child of started) await stop(child);
    await parts.sandbox?.stop();
    if (parts.folder) await rm(parts.folder, { recursive: true, force: true });
  });

  const folder = () => {
    if (parts.folder === undefined) throw new Error('useCli() is ready from beforeAll on');
    return parts.folder;
  };
  const start: Cli['start'] = (args, env = {}) => {
    const place = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder(),
      env: { ...process.env, ...place, ...env },
    });
    started.push(child);
    return follow(child);
  };
  return {
    temporal,
    get cluster() {
      if (parts.sandbox === undefined) throw new Error('useCli() is ready from beforeAll on');
      return parts.sandbox.cluster('eu');
    },
    get folder() {
      return folder();
    },
    write: (name, text) => writeFile(join(folder(), name), text),
    start,
    belay: (args, env) => start(args, env).ended,
  };
}

function follow(child: ChildProcess): Running {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (text.stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (text.stderr += String(chunk)));
  return {
    process: child,
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...text })),
    prints: (part) =>
      pollUntil(
        `it prints "${part}"`,
        async () => text.stdout + text.stderr,
        (printed) => printed.includes(part),
      ),
  };
}

/** A worker gets the chance to finish what it has in hand. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
  await closed;
  clearTimeout(kill);
}
