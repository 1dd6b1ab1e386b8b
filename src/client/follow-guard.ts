import type { Phase } from '../schema/outcome.ts';
import type { StatusView } from '../schema/status.ts';
import type { BelayClient } from './connect.ts';
import { grpcReason, isTransient } from './grpc-errors.ts';
import { type GuardRun, type GuardState, readGuard } from './guard-state.ts';
import { defaultPatience, type Patience, pause } from './patience.ts';

export interface FollowOptions {
  readonly patience?: Patience;
  readonly signal?: AbortSignal;
  readonly onView?: (view: StatusView) => void;
  /**
   * A person has just decided, and the run may not have moved yet: for so many milliseconds, or until another phase has
   * been seen, `waiting` is not the end.
   */
  readonly decided?: number;
}

export type GuardEnding =
  | (GuardState & { kind: 'ended' | 'failed' })
  /** Open until a person decides. */
  | { readonly kind: 'waiting'; readonly view: StatusView }
  | { readonly kind: 'detached' }
  /** Nobody has answered for so long that following makes no sense. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Reads the guard's status again and again until it has ended, waits for a person, or is not to be followed any more. */
export async function followGuard(
  belay: BelayClient,
  run: GuardRun,
  options: FollowOptions = {},
): Promise<GuardEnding> {
  const outage = new Outage(options.patience ?? defaultPatience);
  const pace = new Pace(options.decided ?? 0);
  while (!options.signal?.aborted) {
    const state = await read(belay, run);
    if (state.kind === 'open') options.onView?.(state.view);
    const ending = state.kind === 'silent' ? outage.noteSilence(state.reason) : endingOf(state, pace, outage);
    if (ending !== undefined) return ending;
    await pause(pace.interval(), options.signal);
  }
  return { kind: 'detached' };
}

/** How long ago the phase changed, seen from here. */
class Pace {
  readonly #decided: number;
  #phase: Phase | undefined;
  #since = Date.now();
  #moved = false;

  constructor(decided: number) {
    this.#decided = decided;
  }

  see(phase: Phase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#since = Date.now();
    this.#moved ||= !phase.startsWith('waiting');
  }

  needsPerson(): boolean {
    if (!this.#phase?.startsWith('waiting')) return false;
    return this.#moved || Date.now() - this.#since >= this.#decided;
  }

  /** A restore is over in seconds and its last lines are gone once the run is closed; long bakes need no hurry. */
  interval(): number {
    const lasted = Date.now() - this.#since;
    if (this.#phase === 'restoring' && lasted < 30_000) return 100;
    return lasted < 120_000 ? 250 : 1000;
  }
}

async function read(belay: BelayClient, run: GuardRun): Promise<GuardState> {
  try {
    return await readGuard(belay, run);
  } catch (error) {
    if (!isTransient(error)) throw error;
    return { kind: 'silent', reason: `Temporal does not answer: ${grpcReason(error)}` };
  }
}

function endingOf(state: Exclude<GuardState, { kind: 'silent' }>, pace: Pace, outage: Outage): GuardEnding | undefined {
  outage.end();
  if (state.kind !== 'open') return state;
  pace.see(state.view.phase);
  return pace.needsPerson() ? { kind: 'waiting', view: state.view } : undefined;
}

/** A stretch of time without an answer. */
class Outage {
  readonly #patience: Patience;
  #since: number | undefined;
  #told = false;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  noteSilence(reason: string): GuardEnding | undefined {
    this.#since ??= Date.now();
    const lasted = Date.now() - this.#since;
    if (lasted >= this.#patience.giveUpAfter) return { kind: 'lost', reason };
    // One slow answer is not worth a line.
    if (lasted > 0 && !this.#told) {
      this.#told = true;
      this.#patience.onHiccup?.(`no answer (${reason}); trying again`);
    }
    return undefined;
  }

  end(): void {
    if (this.#told) this.#patience.onHiccup?.('answers again');
    this.#since = undefined;
    this.#told = false;
  }
}
