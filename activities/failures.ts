import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../src/domain/failure-types.ts';
import { isPortError, type PortError, type PortErrorKind } from '../src/ports/port-error.ts';

/** Who did not answer: the same kind of error means another thing from a cluster than from a store. */
export type Port = 'cluster' | 'store' | 'journal' | 'temporal';

/** Asking again helps against these; everything else is told to the workflow at once. */
const retryable: readonly FailureType[] = ['ClusterUnreachable', 'TemporalUnreachable', 'StoreUnavailable'];

const types: Readonly<Record<Port, Readonly<Record<PortErrorKind, FailureType>>>> = {
  cluster: {
    notFound: 'ScopeUnreadable',
    conflict: 'ClusterUnreachable',
    denied: 'Denied',
    invalid: 'Invalid',
    unavailable: 'ClusterUnreachable',
    unclear: 'ClusterUnreachable',
    corrupt: 'ClusterUnreachable',
  },
  store: {
    notFound: 'SnapshotMissing',
    conflict: 'StoreUnavailable',
    denied: 'StoreUnavailable',
    invalid: 'SnapshotCorrupt',
    unavailable: 'StoreUnavailable',
    unclear: 'StoreUnavailable',
    corrupt: 'SnapshotCorrupt',
  },
  journal: {
    notFound: 'JournalBroken',
    conflict: 'StoreUnavailable',
    denied: 'StoreUnavailable',
    invalid: 'JournalBroken',
    unavailable: 'StoreUnavailable',
    unclear: 'StoreUnavailable',
    corrupt: 'JournalBroken',
  },
  temporal: {
    notFound: 'TemporalUnreachable',
    conflict: 'TemporalUnreachable',
    denied: 'TemporalUnreachable',
    invalid: 'TemporalUnreachable',
    unavailable: 'TemporalUnreachable',
    unclear: 'TemporalUnreachable',
    corrupt: 'TemporalUnreachable',
  },
};

/** The one place where failures are made; the only one that says `nonRetryable`. */
export function fail(type: FailureType, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable.includes(type) });
}

export function failureOf(port: Port, error: PortError): ApplicationFailure {
  return fail(types[port][error.kind], error.message);
}

/** Calls a port; what it throws leaves as an `ApplicationFailure` of the closed list. Bugs leave as they are. */
export async function via<T>(port: Port, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isPortError(error) ? failureOf(port, error) : error;
  }
}
