import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `belay worker` in a process of its own. */
export interface MeasuredWorker {
  /** Bytes, after a collection. */
  memory(): Promise<{ readonly rss: number; readonly heapUsed: number }>;
  /** Milliseconds of processor time so far. */
  processor(): Promise<number>;
  /** Open sockets. */
  sockets(): Promise<number>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const teller = new URL('tell-memory.js', import.meta.url).href;

/** `folder` has its `belay.yaml`. Answers when it polls. */
export async function startWorker(folder: string): Promise<MeasuredWorker> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', teller, program, 'worker'], { cwd: folder });
  let said = '';
  const hear = (chunk: unknown) => {
    said += String(chunk);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const says = async (words: RegExp) => {
    for (let found = words.exec(said); ; found = words.exec(said)) {
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`the worker ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await says(/worker is polling/);
  return {
    async memory() {
      said = '';
      child.kill('SIGWINCH');
      return JSON.parse((await says(/memory (.*)\n/))[1] ?? '{}');
    },
    async processor() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? [];
      return (Number(user) + Number(system)) * 10;
    },
    async sockets() {
      const place = `/proc/${child.pid}/fd`;
      const links = (await readdir(place)).map((name) => readlink(join(place, name)).catch(() => ''));
      return (await Promise.all(links)).filter((link) => link.startsWith('socket:')).length;
    },
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    },
  };
}
