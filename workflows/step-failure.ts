import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { isFailureType } from '../src/domain/failure-types.ts';
import { StepFailure } from '../src/domain/step-failure.ts';

/** Every way an activity can fail, as a `StepFailure`; anything else comes back as it is. */
export function stepFailureOf(error: unknown): unknown {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return new StepFailure('Timeout', timeoutText(error, cause));
  if (cause instanceof ApplicationFailure && isFailureType(cause.type))
    return new StepFailure(cause.type, cause.message);
  return cause instanceof ApplicationFailure ? new StepFailure('Unexpected', cause.message) : error;
}

/** For people: what the activity said, not that it has failed. */
export function describeError(error: unknown): string {
  const failure = stepFailureOf(error);
  return failure instanceof Error ? failure.message : String(failure);
}

function timeoutText(error: unknown, cause: TimeoutFailure): string {
  const activity = error instanceof ActivityFailure ? error.activityType : 'activity';
  const nobody = cause.timeoutType === 'SCHEDULE_TO_START';
  return nobody ? `no worker takes ${activity} from its queue` : `${activity} did not answer in time`;
}
