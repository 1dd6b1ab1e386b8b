import { describeFailure } from '../src/domain/judge-guard.ts';
import { whoseFailure } from '../src/domain/whose-failure.ts';
import type { FailureMessage, ReportFate } from '../src/schema/messages.ts';
import { remark } from './run.ts';
import type { RunState } from './run-state.ts';

const mostKeys = 1000;
/** Whoever wants to know asks at once. */
const mostFates = 200;

/** Notes a failure report in the state, and what became of it for a sender who asks. */
export function onFailure(state: RunState, message: FailureMessage): void {
  const fate = heed(state, message);
  const { reportId } = message;
  if (reportId) state.reports = [...(state.reports ?? []), { reportId, ...fate }].slice(-mostFates);
}

function heed(state: RunState, message: FailureMessage): ReportFate {
  const { source, reason, key, cluster } = message;
  const whose = whoseFailure(message, {
    guardId: state.guardId,
    revision: state.deployed?.revision ?? state.revision,
    deployedAt: state.deployed?.at ?? null,
    seenKeys: state.seenKeys,
  });
  if (whose.kind !== 'ours') {
    remark(state, `ignored reportFailure of ${source}: ${whose.why}`);
    return { became: whose.kind === 'seen' ? 'duplicate' : 'ignored', why: whose.why };
  }
  state.seenKeys = [...state.seenKeys, key].slice(-mostKeys);
  if (state.failure) {
    remark(state, `also reported by ${source}: ${reason}`);
    return { became: 'accepted', why: `the deploy counts as failed already: ${describeFailure(state.failure)}` };
  }
  state.failure = { source, reason: cluster ? `${cluster}: ${reason}` : reason, by: null, at: Date.now() };
  return { became: 'accepted', why: null };
}

/** Nothing that comes after the outcome is heeded. */
export function fateOf(state: RunState, reportId: unknown): ReportFate | null {
  const known = state.reports?.find((report) => report.reportId === reportId);
  if (known) return { became: known.became, why: known.why };
  return state.ending ? { became: 'ended', why: `the outcome is ${state.ending.outcome}` } : null;
}
