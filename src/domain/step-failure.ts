import type { FailureType } from './failure-types.ts';

/** `Unexpected`: an activity threw what it should not; a fixed worker may answer next time. */
export type StepFailureType = FailureType | 'Timeout' | 'Unexpected' | 'StillMoving';

/** How a step of the protocol failed, freed from the SDK's classes so that the protocol runs without Temporal too. */
export class StepFailure extends Error {
  readonly type: StepFailureType;

  constructor(type: StepFailureType, message: string) {
    super(message);
    this.name = 'StepFailure';
    this.type = type;
  }
}

/** Failures that go away by themselves: the step is worth asking for again. */
export function isPassing(failure: StepFailure): boolean {
  return passing.includes(failure.type);
}

const passing: readonly StepFailureType[] = [
  'ClusterUnreachable',
  'TemporalUnreachable',
  'StoreUnavailable',
  'Timeout',
  'Unexpected',
];
