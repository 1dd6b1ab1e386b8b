import type { StatusView } from '../schema/status.ts';
import type { BelayClient } from './connect.ts';
import { isTransient } from './grpc-errors.ts';
import { type GuardRun, type GuardState, readGuard } from './guard-state.ts';
import { cancel } from './messages.ts';
import { pause } from './patience.ts';
import { whyNoWorker } from './workers.ts';

export interface ReadyOptions {
  readonly readyTimeout: number;
  /** `Date.now()` when it is over. */
  readonly deadline: number;
  readonly by: string;
  readonly signal?: AbortSignal | undefined;
  readonly onView?: ((view: StatusView) => void) | undefined;
  readonly onNote?: ((text: string) => void) | undefined;
}

export type Readiness =
  | { readonly kind: 'ready' | 'passed'; readonly view: StatusView }
  | { readonly kind: 'closed'; readonly end: GuardState & { kind: 'ended' | 'failed' } }
  | { readonly kind: 'unready'; readonly reason: string };

/** Waits for "ready"; when it does not come, tells the guard to stop and answers why. */
export async function awaitReady(belay: BelayClient, run: GuardRun, options: ReadyOptions): Promise<Readiness> {
  const started = Date.now();
  const notes = new Notes(options.onNote);
  let last: GuardState | undefined;
  while (Date.now() < options.deadline && !options.signal?.aborted) {
    last = (await readOnce(belay, run)) ?? last;
    const readiness = readinessOf(last);
    await report(belay, last, options, notes);
    if (readiness !== undefined) return readiness;
    // Baselines take about a second, so look often at first.
    await pause(Date.now() - started < 10_000 ? 250 : 1000, options.signal);
  }
  const reason = await whyUnready(belay, last, options);
  await cancel(belay, run, { by: options.by, reason }, { giveUpAfter: 10_000 });
  return { kind: 'unready', reason };
}

async function report(
  belay: BelayClient,
  state: GuardState | undefined,
  options: ReadyOptions,
  notes: Notes,
): Promise<void> {
  if (state?.kind === 'open') options.onView?.(state.view);
  if (state === undefined || state.kind === 'silent') await notes.tellWorkers(belay);
}

async function readOnce(belay: BelayClient, run: GuardRun): Promise<GuardState | undefined> {
  try {
    return await readGuard(belay, run);
  } catch (error) {
    if (isTransient(error)) return undefined;
    throw error;
  }
}

function readinessOf(state: GuardState | undefined): Readiness | undefined {
  if (state === undefined || state.kind === 'silent') return undefined;
  if (state.kind !== 'open') return { kind: 'closed', end: state };
  if (state.view.phase === 'preparing') return undefined;
  const { ending, decision } = state.view;
  // It never got ready and is open for its Leases only; that may take until somebody has repaired a cluster.
  if (ending?.outcome === 'unready' && decision)
    return { kind: 'unready', reason: `${ending.reason}; ${decision.reason}` };
  const mayDeploy = state.view.phase === 'guarding' || state.view.phase === 'watching';
  return { kind: mayDeploy ? 'ready' : 'passed', view: state.view };
}

async function whyUnready(belay: BelayClient, last: GuardState | undefined, options: ReadyOptions): Promise<string> {
  if (options.signal?.aborted) return 'interrupted before the guard was ready';
  const noWorker = await whyNoWorker(belay).catch(() => undefined);
  if (noWorker !== undefined) return noWorker;
  const waited = `after ${options.readyTimeout / 1000} s`;
  if (last?.kind !== 'open') return `no worker has answered ${waited}`;
  const step = last.view.progress.at(-1);
  return `the guard is still preparing ${waited}${step === undefined ? '' : ` (${step.title} ${step.text})`}`;
}

/** Says once that a worker is missing, early enough for somebody to start one. */
class Notes {
  readonly #tell: ((text: string) => void) | undefined;
  #told = false;

  constructor(tell: ((text: string) => void) | undefined) {
    this.#tell = tell;
  }

  async tellWorkers(belay: BelayClient): Promise<void> {
    if (this.#told) return;
    const missing = await whyNoWorker(belay).catch(() => undefined);
    if (missing === undefined) return;
    this.#told = true;
    this.#tell?.(missing);
  }
}
