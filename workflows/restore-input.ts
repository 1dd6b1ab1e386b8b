import type { Ending } from './conclude.ts';
import type { RestoreEnd, RestoreInput } from './restore/steps.ts';
import { identityOf, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';

export function restoreInput(state: RunState): RestoreInput {
  const { baseline, before } = state;
  if (!baseline || !before) throw new Error('there is no baseline to restore');
  return {
    run: { ...identityOf(state), ...(state.recovers ? { operationId: state.recovers } : {}) },
    request: requestOf(state),
    baseline,
    before,
    windowStart: state.windowStart ?? before.takenAt,
    windowEnd: state.windowEnd,
  };
}

export function toEnding(end: RestoreEnd): Ending {
  switch (end.outcome) {
    case 'restored':
      return { outcome: 'restored', reason: end.reason, health: end.health, left: end.left, suspects: end.suspects };
    case 'reverted':
      return { outcome: 'reverted', reason: end.reason, suspects: end.suspects };
    case 'abandoned':
      return { outcome: 'abandoned', by: end.by, reason: end.reason, blocked: end.blocked, left: end.left ?? [] };
    case 'held':
      return { outcome: 'held', by: end.by, reason: end.reason };
    default:
      return { outcome: end.outcome, reason: end.reason };
  }
}
