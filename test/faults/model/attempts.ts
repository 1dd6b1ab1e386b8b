import { milliseconds } from '../../../src/domain/durations.ts';
import type { FailureType } from '../../../src/domain/failure-types.ts';
import { StepFailure } from '../../../src/domain/step-failure.ts';
import { isPortError, type PortError } from '../../../src/ports/port-error.ts';
import type { Duration } from '../../../src/schema/words.ts';
import { rows } from '../../../workflows/proxies.ts';
import type { Attempt, Caller } from './requests.ts';
import type { ModelWorld } from './world.ts';

type Step = Pick<Caller, 'step' | 'target' | 'stage'>;

type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failure'; readonly failure: StepFailure }
  | { readonly kind: 'lost' };

/**
 * Carries out a step as Temporal does, by the row that the step has in the table of timeouts: an attempt that does not
 * answer is given up, and may go on all the same beside the next one.
 */
export async function carryOut<T>(world: ModelWorld, step: Step, work: (caller: Caller) => Promise<T>): Promise<T> {
  const { runs, notices, mostAttempts } = rowOf(step.step);
  for (let count = 1; ; count++) {
    const answer = await attempt(world, step, work, { runs, notices });
    if (answer.kind === 'answer') return answer.value;
    const failure = failureOf(answer, step);
    if (!isTransient(failure) || count >= mostAttempts) throw failure;
    await world.scheduler.sleep(200 * 2 ** count);
  }
}

function failureOf(answer: Exclude<Answer<unknown>, { kind: 'answer' }>, { step }: Step): StepFailure {
  return answer.kind === 'failure' ? answer.failure : new StepFailure('Timeout', `${step} did not answer`);
}

interface Times {
  readonly runs: number;
  /** How long it takes Temporal to see that a worker is gone. */
  readonly notices: number;
}

function rowOf(step: string): Times & { readonly mostAttempts: number } {
  const row = rows[step as keyof typeof rows];
  const runs = milliseconds(row.startToCloseTimeout as Duration);
  const notices = row.heartbeatTimeout === undefined ? runs : milliseconds(row.heartbeatTimeout as Duration);
  return { runs, notices, mostAttempts: row.retry?.maximumAttempts ?? Number.POSITIVE_INFINITY };
}

async function attempt<T>(
  world: ModelWorld,
  step: Step,
  work: (caller: Caller) => Promise<T>,
  { runs, notices }: Times,
): Promise<Answer<T>> {
  const { scheduler } = world;
  const begun = scheduler.now();
  let giveUp = () => undefined as unknown;
  const lost = new Promise<Answer<T>>((resolve) => {
    giveUp = () => void scheduler.sleep(begun + notices - scheduler.now()).then(() => resolve({ kind: 'lost' }));
  });
  const current: Attempt = { deadline: begun + runs, isDead: false, giveUp };
  const tooLong = scheduler.sleep(runs).then((): Answer<T> => ({ kind: 'lost' }));
  return await Promise.race([settled(work({ world, attempt: current, ...step })), lost, tooLong]);
}

async function settled<T>(work: Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'answer', value: await work };
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failure', failure: error };
    if (isPortError(error)) return { kind: 'failure', failure: new StepFailure(typeOf(error), error.message) };
    throw error;
  }
}

const types: Readonly<Partial<Record<PortError['kind'], FailureType>>> = { denied: 'Denied', invalid: 'Invalid' };

/** What asks a store says so itself; all others ask clusters. */
function typeOf({ kind }: PortError): FailureType {
  return types[kind] ?? 'ClusterUnreachable';
}

function isTransient({ type }: StepFailure): boolean {
  return type === 'ClusterUnreachable' || type === 'StoreUnavailable' || type === 'Timeout';
}
