import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/src/cli/main.js');

/** What no test can do to a machine is pretended inside the process. */
const pretended = [new URL('fixtures/full-disk.js', import.meta.url), new URL('fixtures/clock.js', import.meta.url)];

/** `belay worker` as a process of its own, which can be killed, or stopped and let go on. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #polling: Promise<void>;
  readonly #begun = performance.now();
  #said = '';
  #startedIn = Number.POSITIVE_INFINITY;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [...pretended.flatMap(({ href }) => ['--import', href]), program, 'worker'], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    this.#polling = new Promise((resolve, reject) => {
      const hear = (chunk: unknown) => {
        this.#said += String(chunk);
        if (!this.#said.includes('worker is polling')) return;
        this.#startedIn = Math.min(this.#startedIn, performance.now() - this.#begun);
        resolve();
      };
      this.#child.stdout?.on('data', hear);
      this.#child.stderr?.on('data', hear);
      this.#child.once('close', () => reject(new Error(`the worker ended: ${this.#said}`)));
    });
    // Whoever waits for it hears of it; a worker that is killed while it starts is nobody's failure.
    this.#polling.catch(() => undefined);
  }

  /** Milliseconds until it polled. */
  get startedIn(): number {
    return this.#startedIn;
  }

  polling(): Promise<void> {
    return this.#polling;
  }

  /** At once, with whatever it has in hand. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }

  /** Its wall clock, and no other one, is as many milliseconds ahead from now on. */
  async setClock(ahead: number): Promise<void> {
    await writeFile(join(this.#folder, 'clock'), String(ahead));
    this.#child.kill('SIGWINCH');
  }

  /** It does nothing more, and does not know. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** It goes on as if no time had passed. */
  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}
