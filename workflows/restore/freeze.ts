import type { QuietReport } from '../../src/schema/activities.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import { everywhere } from './everywhere.ts';
import { cancelOrRevert, end, go, type Next, refused } from './next.ts';
import { checkPauses } from './owners.ts';
import { ask, beforeFirstWrite, stayBlocked } from './patience.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';

/** Stops the deployer. */
export async function freeze(steps: Steps, _input: RestoreInput, state: RestoreState): Promise<Next> {
  steps.enter('halting');
  const deployer = await steps.haltDeployer();
  await steps.record('halted', 'halted', { deployer });
  return cancelOrRevert(steps, state) ?? go({ ...state, phase: 'owners' });
}

/** Waits until nobody writes: what is captured next must be the end of the deploy, not its middle. */
export async function quiesce(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  for (;;) {
    const cancelled = cancelOrRevert(steps, state);
    if (cancelled) return cancelled;
    const asked = await ask(steps, 'waiting until nobody writes', input.request.unreachableWait, () =>
      quiesceAll(steps, input),
    );
    if (asked.kind !== 'answer') return cancelOrRevert(steps, state) ?? refused(beforeFirstWrite(asked));
    const busy = asked.value.filter((report) => report.kind === 'busy');
    if (busy.length === 0) return await goOnQuiet(steps, input, state, asked.value);
    const closed = await stayBlocked(
      steps,
      `still being written by ${busy[0]?.manager}`,
      stillWritten(input, asked.value),
    );
    if (closed) return end(closed);
  }
}

async function goOnQuiet(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  reports: readonly QuietReport[],
): Promise<Next> {
  const resumed = await checkPauses(steps, input, state);
  // What is changed while a person thinks is not the deploy's.
  return resumed ?? go({ ...state, phase: 'prepare', quietAt: { ...serverTimes(input, reports), ...state.quietAt } });
}

/** Server time per target when nobody wrote any more, or when it was no use to wait longer. */
export async function quietTimes(steps: Steps, input: RestoreInput): Promise<Record<string, string>> {
  return serverTimes(input, await quiesceAll(steps, input));
}

function quiesceAll(steps: Steps, input: RestoreInput): Promise<QuietReport[]> {
  return everywhere(input.request.targets, (target) =>
    steps.quiesce({
      run: input.run,
      target,
      request: input.request,
      alsoMembersOf: input.baseline.parts[target.id] ?? null,
    }),
  );
}

function serverTimes(input: RestoreInput, reports: readonly QuietReport[]): Record<string, string> {
  return Object.fromEntries(
    input.request.targets.map((target, index) => [target.id, reports[index]?.serverTime ?? '']),
  );
}

function stillWritten(input: RestoreInput, reports: readonly QuietReport[]): BlockedObject[] {
  return reports.flatMap((report, index) =>
    report.kind === 'busy'
      ? [
          {
            target: input.request.targets[index]?.id ?? '',
            object: report.object,
            expected: 'nobody writes',
            actual: `written by ${report.manager}`,
            why: 'the failed state can only be captured when writing has stopped',
          },
        ]
      : [],
  );
}
