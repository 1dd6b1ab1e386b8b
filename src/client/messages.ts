import type { SignalDefinition } from '@temporalio/common';
import {
  cancelSignal,
  deployedSignal,
  haltedSignal,
  promoteSignal,
  reportFailureSignal,
} from '../../workflows/messages.ts';
import type { FailureMessage } from '../schema/messages.ts';
import type { BelayClient } from './connect.ts';
import { isNamed } from './grpc-errors.ts';
import type { GuardRun } from './guard-state.ts';
import { within } from './guard-state.ts';
import { defaultPatience, type Patience, retryTransient } from './patience.ts';

/** `ended`: no run is open that could take it. Delivered does not mean acted upon: `status` shows that. */
export type Delivery = 'delivered' | 'ended';

type Target = Pick<GuardRun, 'workflowId' | 'guardId'>;

/** The deploy is done; from here on "healthy" counts. */
export function reportDeployed(belay: BelayClient, guard: Target, revision?: string, patience?: Patience) {
  const message = { guardId: guard.guardId, ...(revision === undefined ? {} : { revision }) };
  return send(belay, guard, deployedSignal, message, patience);
}

/** The same `key` twice is one report. */
export function reportFailure(
  belay: BelayClient,
  guard: Target,
  failure: Omit<FailureMessage, 'guardId'>,
  patience?: Patience,
) {
  return send(belay, guard, reportFailureSignal, { ...failure, guardId: guard.guardId }, patience);
}

/** The deployer has stopped and will not write any more. */
export function sendHalted(belay: BelayClient, guard: Target, patience?: Patience) {
  return send(belay, guard, haltedSignal, { guardId: guard.guardId }, patience);
}

/** Keeps the deploy without waiting for the bake to end. */
export function promote(belay: BelayClient, guard: Target, by: string, patience?: Patience) {
  return send(belay, guard, promoteSignal, { guardId: guard.guardId, by }, patience);
}

export function cancel(
  belay: BelayClient,
  guard: Target,
  why: { readonly by: string; readonly reason: string },
  patience?: Patience,
) {
  return send(belay, guard, cancelSignal, { guardId: guard.guardId, ...why }, patience);
}

/** To the open run of the workflow id, so that a continued run gets it; `guardId` keeps it from a foreign one. */
export async function send<Message>(
  belay: BelayClient,
  guard: Pick<GuardRun, 'workflowId'>,
  signal: SignalDefinition<[Message]>,
  message: Message,
  patience: Patience = defaultPatience,
): Promise<Delivery> {
  const handle = belay.temporal.workflow.getHandle(guard.workflowId);
  try {
    await retryTransient(() => within(belay, 10_000, () => handle.signal(signal, message)), patience);
    return 'delivered';
  } catch (error) {
    if (isNamed(error, 'WorkflowNotFoundError')) return 'ended';
    throw error;
  }
}
