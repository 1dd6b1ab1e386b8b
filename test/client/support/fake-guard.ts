import { ApplicationFailure, condition, continueAsNew, setHandler } from '@temporalio/workflow';
import type { GuardRequest } from '../../../src/schema/guard-spec.ts';
import type { Outcome, Phase, RunResult } from '../../../src/schema/outcome.ts';
import type { StatusView } from '../../../src/schema/status.ts';
import {
  cancelSignal,
  deployedSignal,
  haltedSignal,
  reportFailureSignal,
  requestRollbackUpdate,
  resolveUpdate,
  statusQuery,
  supersedeSignal,
} from '../../../workflows/messages.ts';

interface Carried {
  readonly phase: Phase;
}

/** Answers as a guard does and touches nothing. `revision` says how it behaves: `slow`, `busy`, `continues`, `blocked`, `rejected`. */
export async function guardDeploy(request: GuardRequest, carried?: Carried): Promise<RunResult> {
  const behaviour = request.revision ?? 'ready';
  let phase: Phase = carried?.phase ?? 'preparing';
  let outcome: Outcome | undefined;
  let reason = '';
  let decided = false;
  let halted = false;
  const end = (how: Outcome, why: string) => {
    outcome ??= how;
    reason ||= why;
  };
  setHandler(statusQuery, () => viewOf(request, phase));
  setHandler(supersedeSignal, ({ guardId }) => {
    if (guardId !== request.guardId && phase === 'guarding') end('superseded', `by ${guardId}`);
  });
  setHandler(cancelSignal, ({ reason: why }) => end(phase === 'preparing' ? 'unready' : 'cancelled', why));
  setHandler(deployedSignal, () => {
    if (behaviour === 'blocked') phase = 'waiting(blocked)';
    else end('kept', 'deployed');
  });
  setHandler(reportFailureSignal, (failure) => {
    phase = 'halting';
    reason = `${failure.source}: ${failure.reason}`;
  });
  setHandler(haltedSignal, () => {
    halted = true;
  });
  setHandler(resolveUpdate, (message): { accepted: true } => {
    decided = true;
    end('abandoned', message.reason);
    return { accepted: true };
  });
  setHandler(requestRollbackUpdate, ({ reason: why }) => {
    end('restored', why);
    return { guardId: request.guardId, joined: 'guard' as const };
  });
  if (behaviour === 'rejected') throw ApplicationFailure.nonRetryable('targets: unknown cluster', 'RequestRejected');
  if (behaviour === 'busy') phase = 'restoring';
  else if (behaviour !== 'slow') phase = 'guarding';
  if (behaviour === 'continues' && carried === undefined) await continueAsNew<typeof guardDeploy>(request, { phase });
  await condition(() => outcome !== undefined || phase === 'halting');
  if (phase === 'halting') {
    await condition(() => halted);
    outcome ??= 'restored';
  }
  await condition(() => phase !== 'waiting(blocked)' || decided || outcome !== undefined);
  return resultOf(request, outcome ?? 'kept', reason);
}

export async function rollBack({ application, environment }: GuardRequest): Promise<RunResult> {
  let reason: string | undefined;
  setHandler(requestRollbackUpdate, (message) => {
    reason = message.reason;
    return { guardId: 'rollback', joined: 'started' as const };
  });
  await condition(() => reason !== undefined);
  return resultOf({ application, environment, targets: [], guardId: 'rollback' }, 'restored', reason ?? '');
}

function viewOf({ application, environment, guardId, revision }: GuardRequest, phase: Phase): StatusView {
  return {
    type: 'guardDeploy',
    application,
    environment,
    guardId,
    operationId: null,
    revision: revision ?? null,
    phase,
    targets: [],
    baseline: null,
    failedState: null,
    failure: null,
    progress: [{ key: 'locked', mark: 'done', title: 'locked', text: '', at: new Date().toISOString(), took: 0 }],
    timeline: [],
    ending: null,
    decision: null,
    held: null,
    mayHold: false,
    journal: null,
    result: null,
  };
}

function resultOf({ application, environment, guardId }: GuardRequest, outcome: Outcome, reason: string): RunResult {
  return {
    outcome,
    guardId,
    application,
    environment,
    operationId: '0'.repeat(16),
    reason,
    baseline: null,
    failedState: null,
    health: null,
    left: [],
    blocked: [],
    journal: { sequence: 17, digest: '' },
  };
}
