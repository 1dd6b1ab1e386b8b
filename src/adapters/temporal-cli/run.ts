import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds; the child is killed when they are over. */
  readonly limit: number;
}

/** Runs a command to its end and answers what it printed; throws a one-line reason when it could not or did not succeed. */
export function run(command: string, args: readonly string[], { env, limit }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, timeout: limit, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 } as const;
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(explain(error, stderr, limit)));
    });
  });
}

function explain(error: Error & { code?: unknown; killed?: boolean }, stderr: string, limit: number): string {
  if (error.code === 'ENOENT') return 'not found';
  if (error.code === 'EACCES') return 'not executable';
  if (error.killed) return `no answer within ${limit / 1000} s`;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return shorten(lines.at(-1) ?? error.message.split('\n', 1)[0] ?? 'failed');
}

function shorten(text: string): string {
  return text.length <= 200 ? text.trim() : `${text.slice(0, 199).trim()}…`;
}
