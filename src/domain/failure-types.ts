/**
 * Every `ApplicationFailure` type this project throws; workflows compare these strings, because class identity does
 * not cross the wire.
 */
export const failureTypes = [
  /** The request is wrong; the message names field and fix. The only one that fails a run. */
  'RequestRejected',
  /** The cluster does not answer, or says "try again". Nothing was changed by the request that said so. */
  'ClusterUnreachable',
  /** 401 or 403: a right is missing, named by verb and kind. */
  'Denied',
  /** The server refuses the content (400, 422, admission). */
  'Invalid',
  /** Another run holds the application's Lease. */
  'LockHeld',
  /** A run was ended from outside while it changed objects: what is live is neither one state nor the other. */
  'RunUnfinished',
  /** The cluster behind this name is not the one the snapshot was taken from. */
  'ClusterChanged',
  /** A kind of the scope cannot be listed: the scope would be incomplete without anybody noticing. */
  'ScopeUnreadable',
  /** A stored snapshot or plan is not there. */
  'SnapshotMissing',
  /** A stored snapshot or plan is not what was written. */
  'SnapshotCorrupt',
  /** Temporal does not answer a question about another run. */
  'TemporalUnreachable',
  /** The object store does not answer. */
  'StoreUnavailable',
  /** This worker looks at another store than the run began with. */
  'StoreMismatch',
  /** The journal does not verify, or lacks records that the Lease knows of. */
  'JournalBroken',
  /** Thrown by `withGuard` when a deploy was not kept. */
  'DeployNotKept',
] as const;

export type FailureType = (typeof failureTypes)[number];

export function isFailureType(type: string | null | undefined): type is FailureType {
  return failureTypes.some((known) => known === type);
}
