import { ApplicationFailure } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
import { type Answer, whyNotTaken } from '../src/domain/judge-decision.ts';
import {
  type Parsed,
  parseApprove,
  parseHold,
  parseResolve,
  parseResume,
  parseRollbackRequest,
} from '../src/domain/parse-message.ts';
import { isBusy } from '../src/domain/phases.ts';
import type {
  ApproveMessage,
  DecisionAccepted,
  HoldAccepted,
  HoldMessage,
  ResolveMessage,
  RollbackAccepted,
  RollbackRequestMessage,
} from '../src/schema/messages.ts';
import { approveUpdate, holdUpdate, requestRollbackUpdate, resolveUpdate, resumeUpdate } from './messages.ts';
import { present } from './present.ts';
import { remark } from './run.ts';
import { type Decided, mayHold, type RunState } from './run-state.ts';

/**
 * What people decide. Sync validators turn a wrong request away before it leaves a trace in history, and name field and
 * fix; the handlers note what was said, the run acts on it. Of two answers to one wait the first counts.
 */
export function listenToPeople(state: RunState): void {
  setHandler(requestRollbackUpdate, (message: unknown) => onRollbackRequest(state, parseRollbackRequest(message)), {
    validator: (message: unknown) => rejectRollbackRequest(state, parseRollbackRequest(message)),
    description: 'Rolls back: an open guard takes it as a failure with a name on it.',
  });
  setHandler(resolveUpdate, (message: unknown) => take(state, toAnswer(parseResolve(message))), {
    validator: (message: unknown) => check(state, toAnswer(parseResolve(message))),
    description: 'Answers an open decision: retry, revert, skip (of one object), accept or abandon, as it offers.',
  });
  setHandler(approveUpdate, (message: unknown) => take(state, toApproval(parseApprove(message))), {
    validator: (message: unknown) => check(state, toApproval(parseApprove(message))),
    description: 'Approves the plan that waits, by its digest.',
  });
  setHandler(holdUpdate, (message: unknown) => onHold(state, accepted(parseHold(message))), {
    validator: (message: unknown) => rejectHold(state, accepted(parseHold(message))),
    description: 'Nothing is restored until somebody says resume; only before the first write.',
  });
  setHandler(resumeUpdate, (message: unknown) => onResume(state, accepted(parseResume(message))), {
    validator: (message: unknown) => rejectResume(state, accepted(parseResume(message))),
    description: 'Ends a hold.',
  });
}

function reject(why: string): never {
  throw ApplicationFailure.nonRetryable(why, 'RequestRejected');
}

function accepted<T>(parsed: Parsed<T>): T {
  return parsed.kind === 'ok' ? parsed.message : reject(parsed.why);
}

function toAnswer(parsed: Parsed<ResolveMessage>): Answer {
  const { decision, by, reason, object, step } = accepted(parsed);
  // A language without optional fields sends `null` for what it leaves out.
  return { choice: decision, by, reason, object: object ?? undefined, step: step ?? undefined };
}

function toApproval(parsed: Parsed<ApproveMessage>): Answer {
  const { planDigest, by, reason } = accepted(parsed);
  return { choice: 'approve', by, reason: reason ?? '', planDigest };
}

function check(state: RunState, answer: Answer): void {
  const why = whyNotTaken(answer, { open: state.decision, given: state.answer, last: state.decided.at(-1) ?? null });
  if (why !== null) reject(why);
}

function take(state: RunState, answer: Answer): DecisionAccepted {
  check(state, answer);
  state.answer = answer;
  keep(state, answer);
  return { accepted: true };
}

/** A person's word stands in the timeline at once; the journal gets it before its next record. */
function keep(state: RunState, decided: Decided): void {
  const { by, choice, object, reason } = decided;
  remark(state, `${by} decides: ${choice}${object ? ` ${object}` : ''}${reason === '' ? '' : ` (${reason})`}`);
  state.decided = [...state.decided, decided];
  present(state);
}

function rejectHold(state: RunState, _message: HoldMessage): void {
  if (state.held) reject(`${state.held.by} holds it already: ${state.held.reason}`);
  if (state.decision?.kind === 'hold') reject('it is held already; "resume" goes on, "accept" leaves it as it is');
  if (!mayHold(state)) reject('nothing can be held back any more: writing has begun; see what "belay status" offers');
}

function onHold(state: RunState, { by, reason }: HoldMessage): HoldAccepted {
  rejectHold(state, { by, reason });
  state.held = { by, reason };
  keep(state, { choice: 'hold', by, reason });
  return { accepted: true, takesEffect: isBusy(state.phase) ? 'now' : 'later' };
}

function rejectResume(state: RunState, { by, reason }: HoldMessage): void {
  if (state.decision?.kind === 'hold') check(state, { choice: 'resume', by, reason });
  else if (!state.held) reject('nothing is held; look at "belay status"');
}

/** A hold that has not come to its wait yet is simply withdrawn. */
function onResume(state: RunState, { by, reason }: HoldMessage): HoldAccepted {
  rejectResume(state, { by, reason });
  if (state.decision?.kind === 'hold') {
    take(state, { choice: 'resume', by, reason });
    return { accepted: true, takesEffect: 'now' };
  }
  state.held = null;
  keep(state, { choice: 'resume', by, reason });
  return { accepted: true, takesEffect: 'later' };
}

function rejectRollbackRequest(state: RunState, parsed: Parsed<RollbackRequestMessage>): void {
  const { to, recover } = accepted(parsed);
  if (state.ending) reject(`the open run has ended ${state.ending.outcome} and gives its Leases back: ask again then`);
  if (recover && (state.type === 'guardDeploy' || state.rollbackRequest))
    reject('a run is open: there is nothing to recover');
  if (to && !isOwnGoal(state, to)) reject(whyNotTo(state, to));
}

/** Whether the open run goes back to that anyway; one that nobody has asked for yet goes wherever it is told. */
function isOwnGoal({ type, rollbackRequest, baseline }: RunState, to: string): boolean {
  if (type === 'rollBack' && !rollbackRequest) return true;
  return to === rollbackRequest?.to || baseline?.snapshot.id.startsWith(to) === true;
}

function whyNotTo({ type, rollbackRequest, baseline }: RunState, to: string): string {
  const own = baseline?.snapshot.id;
  if (type === 'guardDeploy')
    return own === undefined
      ? 'an open guard rolls back to its own baseline only, and has none yet: leave "to" out'
      : `an open guard rolls back to its own baseline ${own} only, not to ${to}`;
  const goal = own ?? rollbackRequest?.to ?? 'the last known good';
  return `a rollback to ${goal} is running, asked for by ${rollbackRequest?.by}: ask for ${to} again when it has ended`;
}

function onRollbackRequest(state: RunState, parsed: Parsed<RollbackRequestMessage>): RollbackAccepted {
  const { by, reason, to = null, recover = null } = accepted(parsed);
  if (state.type === 'rollBack') {
    const joined = state.rollbackRequest ? 'running' : 'started';
    state.rollbackRequest ??= { by, reason, to, recover };
    return { guardId: state.guardId, joined };
  }
  if (state.failure) remark(state, `${by} asks for a rollback too: ${reason}`);
  state.failure ??= { source: 'person', reason, by, at: Date.now() };
  return { guardId: state.guardId, joined: 'guard' };
}
