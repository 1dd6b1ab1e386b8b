/** Package export `belay/client`: guard a deploy, report to a guard, ask for a rollback, from any Node program. */

export { guardWorkflowId } from '../../workflows/messages.ts';
export { ClientError, type ClientErrorKind, isClientError } from './client-error.ts';
export { type BelayClient, type ConnectOptions, connect, type TemporalPlace } from './connect.ts';
export { type FollowOptions, followGuard, type GuardEnding } from './follow-guard.ts';
export { type GuardRun, type GuardState, readGuard } from './guard-state.ts';
export { lookForTerminatedRuns } from './keep-store.ts';
export { cancel, type Delivery, promote, reportDeployed, reportFailure, sendHalted } from './messages.ts';
export { approve, hold, requestRollback, resolve, resume, type UpdateOptions } from './operator.ts';
export { defaultPatience, type Patience } from './patience.ts';
export { planRollback } from './plan-rollback.ts';
export { type Failure, pushFailure, type ReportAnswer } from './push-failure.ts';
export { type GuardStart, type StartOptions, startGuard } from './start-guard.ts';
export { type ApplicationName, type ApplicationStatus, status } from './status.ts';
export { whyNoWorker } from './workers.ts';
