import { spawn } from 'node:child_process';
import { endGroup, isGroupAlive, signalGroup } from './process-group.ts';

export type ChildExit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not started'; readonly reason: string };

export interface Child {
  readonly exited: Promise<ChildExit>;
  isRunning(): boolean;
  /** Ends the command and everything it has started, also what outlived it. `now` does not ask first. */
  end(how?: 'asked' | 'now'): Promise<void>;
}

/** Starts the command in a process group of its own, without a shell. */
export function startChild(command: readonly string[], output: 'stdout' | 'stderr'): Child {
  const [program = '', ...args] = command;
  const stdout = output === 'stdout' ? 'inherit' : process.stderr;
  const started = spawn(program, args, {
    detached: true,
    stdio: ['inherit', stdout, 'inherit'],
    env: childEnvironment(),
  });
  const group = started.pid;
  let running = true;
  let mayHaveGroup = group !== undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    started.once('error', (error) => resolve({ kind: 'not started', reason: startError(error, program) }));
    started.once('exit', (code, signal) => {
      // Once the group is empty its number may be given to somebody else.
      mayHaveGroup = group !== undefined && isGroupAlive(group);
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal });
    });
  }).finally(() => {
    running = false;
  });
  const killOnExit = () => {
    if (mayHaveGroup && group !== undefined && running) signalGroup(group, 'SIGKILL');
  };
  process.once('exit', killOnExit);
  void exited.then(() => process.off('exit', killOnExit));
  return {
    exited,
    isRunning: () => running,
    end: async (how = 'asked') => {
      if (group !== undefined && mayHaveGroup) await endGroup(group, how === 'now' ? 0 : undefined);
      mayHaveGroup = group !== undefined && mayHaveGroup && isGroupAlive(group);
    },
  };
}

/** A deployer has no use for the keys of Belay's store. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { BELAY_ENCRYPTION_KEYS: _, ...env } = process.env;
  return env;
}

function startError(error: Error, program: string): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `command not found: ${program}`;
  if (code === 'EACCES') return `not executable: ${program}`;
  return error.message;
}

export function describeExit(exit: ChildExit): string {
  if (exit.kind === 'exited') return `exit ${exit.code}`;
  return exit.kind === 'killed' ? `killed by ${exit.signal}` : exit.reason;
}

/** As a shell would have it. */
export function ownExitCode(exit: ChildExit | undefined): number {
  if (exit?.kind === 'exited') return exit.code;
  return exit?.kind === 'not started' ? 127 : 1;
}
