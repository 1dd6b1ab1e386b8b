import { keepStoreSchedule } from '../domain/queues.ts';
import type { BelayClient } from './connect.ts';
import { grpcReason } from './grpc-errors.ts';
import { within } from './guard-state.ts';

const patience = 5000;

/** Has a worker look through the journals now; answers what became of that, in a sentence. Never throws. */
export async function lookForTerminatedRuns(belay: BelayClient): Promise<string> {
  try {
    await within(belay, patience, () => belay.temporal.schedule.getHandle(keepStoreSchedule).trigger());
    return 'a worker was asked to record it in the journal';
  } catch (error) {
    return `it will be recorded in the journal by the next run, or within the hour (${grpcReason(error)})`;
  }
}
