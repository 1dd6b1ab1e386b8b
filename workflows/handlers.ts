import { setHandler } from '@temporalio/workflow';
import {
  type Parsed,
  parseCancel,
  parseDeployed,
  parseFailure,
  parseHalted,
  parsePromote,
  parseSupersede,
} from '../src/domain/parse-message.ts';
import { isBusy } from '../src/domain/phases.ts';
import type { SupersedeMessage } from '../src/schema/messages.ts';
import { fateOf, onFailure } from './failure-reports.ts';
import {
  cancelSignal,
  deployedSignal,
  haltedSignal,
  promoteSignal,
  reportFailureSignal,
  reportQuery,
  statusQuery,
  supersedeSignal,
} from './messages.ts';
import { listenToPeople } from './people.ts';
import { viewOf } from './present.ts';
import { remark, tell } from './run.ts';
import type { RunState } from './run-state.ts';

/**
 * Registers every handler; must come before the first await. Handlers only note what was said in the state, the run
 * acts on it. They take `unknown`, check by hand and never throw: no message may wedge a run.
 */
export function listen(state: RunState): void {
  setHandler(statusQuery, () => viewOf(state), { description: 'Where this run stands, for people and doors.' });
  setHandler(reportQuery, (reportId: unknown) => fateOf(state, reportId), {
    description: 'What became of a failure report, by the id that its sender gave it.',
  });
  setHandler(reportFailureSignal, (message: unknown) => heed(state, 'reportFailure', parseFailure(message), onFailure));
  setHandler(supersedeSignal, (message: unknown) => heed(state, 'supersede', parseSupersede(message), onSupersede));
  setHandler(deployedSignal, (message: unknown) => heedOwn(state, 'deployed', parseDeployed(message), onDeployed));
  setHandler(promoteSignal, (message: unknown) =>
    heedOwn(state, 'promote', parsePromote(message), (own, { by }) => {
      own.promotedBy ??= by;
    }),
  );
  setHandler(cancelSignal, (message: unknown) =>
    heedOwn(state, 'cancel', parseCancel(message), (own, { by, reason }) => {
      own.cancel ??= { by, reason };
    }),
  );
  setHandler(haltedSignal, (message: unknown) =>
    heedOwn(state, 'halted', parseHalted(message), (own) => {
      own.halted = true;
    }),
  );
  listenToPeople(state);
}

function heed<T>(state: RunState, name: string, parsed: Parsed<T>, act: (state: RunState, message: T) => void): void {
  if (parsed.kind === 'malformed') remark(state, `ignored ${name}: ${parsed.why}`);
  else if (state.ending && name !== 'supersede')
    remark(state, `ignored ${name}: the outcome is ${state.ending.outcome}`);
  else act(state, parsed.message);
}

function heedOwn<T extends { readonly guardId: string }>(
  state: RunState,
  name: string,
  parsed: Parsed<T>,
  act: (state: RunState, message: T) => void,
): void {
  heed(state, name, parsed, (own, message) => {
    if (message.guardId === own.guardId) act(own, message);
    else remark(own, `ignored ${name}: it names guard ${message.guardId}`);
  });
}

function onDeployed(state: RunState, message: { readonly revision?: string | null }): void {
  state.deployed ??= { at: Date.now(), revision: message.revision ?? state.revision };
}

/** The same guardId asks again after its starter was continued or retried: it is told again what it was told last. */
function onSupersede(state: RunState, message: SupersedeMessage): void {
  const replyTo = message.replyTo?.workflowId ?? null;
  if (message.guardId === state.guardId) {
    if (state.lastEvent) void tell(state, state.lastEvent, replyTo);
    return;
  }
  if (state.type === 'rollBack' || isBusy(state.phase)) {
    remark(state, `turned away guard ${message.guardId} of ${message.by}: busy`);
    void tellNewcomer(message.guardId, replyTo, `${state.type} is ${state.phase}`, state);
    return;
  }
  state.superseded ??= { by: message.by, reason: message.reason };
}

function tellNewcomer(guardId: string, replyTo: string | null, reason: string, state: RunState): Promise<boolean> {
  return tell({ ...state, guardId }, { event: 'busy', reason }, replyTo);
}
