import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { packageFolder } from '../package-folder.ts';
import { endGroup, signalGroup } from '../process-group.ts';

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Aborted: the child and its children are ended, and the call throws. */
  readonly signal: AbortSignal;
  readonly output?: 'shown' | 'hidden';
}

/** Runs Node with `args` in the package's folder and answers its exit code. Ctrl-C reaches it through `signal` only. */
export async function runNode(args: readonly string[], options: ChildOptions): Promise<number> {
  const { signal } = options;
  signal.throwIfAborted();
  const output = options.output === 'hidden' ? 'ignore' : 'inherit';
  const child = spawn(process.execPath, args, {
    cwd: packageFolder,
    detached: true,
    stdio: ['ignore', output, 'inherit'],
    env: { ...process.env, PATH: withOwnNode(), ...options.env },
  });
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  const stop = () => void endAll(child.pid ?? 0);
  signal.addEventListener('abort', stop);
  try {
    const [code] = await ended;
    signal.throwIfAborted();
    return Number(code ?? 1);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** "node" in a command line means the one that runs the demo. */
function withOwnNode(): string {
  return `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
}

/** `belay run` takes the first signal as "end the command, then see", the second as "leave now". */
async function endAll(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  await delay(100);
  await endGroup(group, 3000);
}
