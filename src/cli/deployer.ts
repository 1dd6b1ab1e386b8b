import {
  type BelayClient,
  type GuardRun,
  type Patience,
  reportDeployed,
  reportFailure,
  sendHalted,
} from '../client/index.ts';
import { type Child, type ChildExit, describeExit, startChild } from './child.ts';
import type { Output } from './output.ts';

export interface Deploy {
  readonly belay: BelayClient;
  readonly run: GuardRun;
  readonly command: readonly string[];
  readonly revision: string | undefined;
  readonly output: Output;
  readonly patience: Patience;
}

/** The command under guard: started once, ended at most once, and what became of it is told to the guard. */
export class Deployer {
  /** Settles when the command has ended and the guard has been told. */
  readonly done: Promise<ChildExit>;
  readonly #deploy: Deploy;
  readonly #child: Child;
  readonly #started = performance.now();
  #interrupted = false;
  #halted: Promise<void> | undefined;

  constructor(deploy: Deploy) {
    this.#deploy = deploy;
    deploy.output.emit({ event: 'commandStarted', command: deploy.command });
    deploy.output.suspend();
    this.#child = startChild(deploy.command, deploy.output.childOutput);
    this.done = this.#finish();
  }

  isRunning(): boolean {
    return this.#child.isRunning();
  }

  /** The guard asks for it: nothing of the command writes any more when it is told "halted". */
  halt(): Promise<void> {
    this.#halted ??= this.#endAndTell();
    return this.#halted;
  }

  /** A person asks for it; the guard decides what to do about the half-done deploy. */
  interrupt(how: 'asked' | 'now'): Promise<void> {
    this.#interrupted = true;
    return this.#child.end(how);
  }

  end(): Promise<void> {
    return this.#child.end();
  }

  async #endAndTell(): Promise<void> {
    await this.#child.end();
    await this.#child.exited;
    await sendHalted(this.#deploy.belay, this.#deploy.run, this.#deploy.patience);
  }

  async #finish(): Promise<ChildExit> {
    const exit = await this.#child.exited;
    const { output, command } = this.#deploy;
    output.resume();
    const ok = exit.kind === 'exited' && exit.code === 0;
    output.emit({
      event: 'commandEnded',
      command,
      how: describeExit(exit),
      ok,
      took: performance.now() - this.#started,
    });
    if (this.#halted === undefined) await this.#tell(exit);
    return exit;
  }

  async #tell(exit: ChildExit): Promise<void> {
    const { belay, run, revision, patience } = this.#deploy;
    if (!this.#interrupted && exit.kind === 'exited' && exit.code === 0) {
      await reportDeployed(belay, run, revision, patience);
      return;
    }
    const failure = this.#interrupted
      ? { source: 'interrupt', reason: 'the deploy was interrupted', key: 'interrupt' }
      : { source: 'command', reason: this.#reasonOf(exit), key: 'command' };
    // Whatever the command started and left behind must not go on writing.
    await this.#child.end();
    await reportFailure(belay, run, failure, patience);
  }

  #reasonOf(exit: ChildExit): string {
    const program = this.#deploy.command[0] ?? '';
    return exit.kind === 'not started' ? exit.reason : `${program}: ${describeExit(exit)}`;
  }
}
