import {
  type BelayClient,
  defaultPatience,
  followGuard,
  type GuardEnding,
  type GuardRun,
  type Patience,
} from '../client/index.ts';
import type { Outcome } from '../schema/outcome.ts';
import type { StatusView } from '../schema/status.ts';
import type { ChildExit } from './child.ts';
import { Deployer } from './deployer.ts';
import type { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';

export interface GuardedRun {
  readonly belay: BelayClient;
  readonly run: GuardRun;
  readonly command: readonly string[];
  readonly revision: string | undefined;
  readonly output: Output;
  readonly interrupts: Interrupts;
}

export interface Deployed {
  readonly ending: GuardEnding;
  readonly exit: ChildExit;
  readonly lastView: StatusView | undefined;
}

/** Deploys under a guard that is ready, stops when the guard says so, and follows it to the end. */
export async function deployUnderGuard(guarded: GuardedRun): Promise<Deployed> {
  const { belay, run, output } = guarded;
  const detach = new AbortController();
  const patience = patienceOf(output, detach.signal);
  const deployer = new Deployer({ ...guarded, patience });
  onInterrupt(guarded, deployer, detach);
  let lastView: StatusView | undefined;
  let halting: Promise<void> | undefined;
  const onView = (view: StatusView) => {
    lastView = view;
    output.progress(view.progress);
    if (mustStop(view)) halting ??= deployer.halt();
  };
  const ending = await followGuard(belay, run, { patience, signal: detach.signal, onView }).catch(lost);
  if (endsDeploy(ending)) await deployer.end();
  const exit = await deployer.done;
  await halting;
  return { ending, exit, lastView };
}

/** The command must not be left behind because its guard cannot be read any more. */
function lost(error: unknown): GuardEnding {
  return { kind: 'lost', reason: error instanceof Error ? error.message : String(error) };
}

function patienceOf(output: Output, signal: AbortSignal): Patience {
  return { ...defaultPatience, signal, onHiccup: (text) => output.emit({ event: 'note', text }) };
}

/** Somebody is about to write, or waits for a person to: the deploy must not write too. */
function mustStop({ phase, ending }: StatusView): boolean {
  if (ending && mayFinish(ending.outcome)) return false;
  return phase !== 'preparing' && phase !== 'guarding' && phase !== 'watching';
}

/**
 * A deploy that has been superseded would write into the next one's. After `cancelled` or an early `kept` a person
 * wants it as it is, and without a guard half a deploy is worse than a whole one: then it may finish. A guard that only
 * observes does not interfere.
 */
function endsDeploy(ending: GuardEnding): boolean {
  if (ending.kind === 'ended') return !mayFinish(ending.result.outcome);
  return ending.kind === 'waiting' && !(ending.view.ending && mayFinish(ending.view.ending.outcome));
}

function mayFinish(outcome: Outcome): boolean {
  return outcome === 'cancelled' || outcome === 'kept' || outcome === 'observed';
}

function onInterrupt({ interrupts, output, run }: GuardedRun, deployer: Deployer, detach: AbortController): void {
  const note = (text: string) => output.emit({ event: 'note', text });
  interrupts.handle((count) => {
    if (count > 1) {
      note(`detached; guard ${run.guardId} goes on by itself`);
      detach.abort();
      if (deployer.isRunning()) void deployer.interrupt('now');
    } else if (deployer.isRunning()) {
      note('ending the command; the guard decides what to do (once more: detach)');
      void deployer.interrupt('asked');
    } else {
      note('the command has ended, the guard is deciding (once more: detach, the guard goes on)');
    }
  });
}
