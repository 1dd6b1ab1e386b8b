import { describeFailure } from '../src/domain/judge-guard.ts';
import type { RunResult } from '../src/schema/outcome.ts';
import { conclude, type Ending } from './conclude.ts';
import { getReady } from './get-ready.ts';
import { listen } from './handlers.ts';
import { keep } from './keep.ts';
import { observe } from './restore/observe.ts';
import type { RestoreState } from './restore/steps.ts';
import { beginning, restore } from './restore.ts';
import { restoreInput, toEnding } from './restore-input.ts';
import { restoreSteps } from './restore-steps.ts';
import { beginAnew, forget, note, record } from './run.ts';
import { type Carried, openingOf, type RunState, stateOf } from './run-state.ts';
import { type Watched, watch } from './watch.ts';

/**
 * Guards one deploy: takes the baseline in all clusters, lets the deploy through, watches it, and puts everything back
 * when it fails. Its workflow id is the lock: one operation per application and environment at a time.
 */
export async function guardDeploy(request: unknown, carried?: Carried): Promise<RunResult> {
  const state = stateOf(carried, openingOf(request));
  listen(state);
  return await conclude(state, async () => {
    if (state.restore) return await putBack(state);

    const stopped = state.readyAt === null ? await getReady(state) : null;
    if (stopped) return stopped;

    return await endWatch(state, await watch(state));
  });
}

async function endWatch(state: RunState, watched: Watched): Promise<Ending | null> {
  switch (watched.kind) {
    case 'failed':
      return await putBack(state, watched.released ? { ...beginning, released: true } : beginning);
    case 'kept':
      return await keep(state, watched.reason);
    case 'held':
      return { outcome: 'held', by: watched.by, reason: watched.reason };
    case 'superseded':
      return { outcome: 'superseded', by: watched.by, reason: `superseded by ${watched.by}: ${watched.reason}` };
    case 'cancelled':
      return { outcome: 'cancelled', by: watched.by, reason: `cancelled by ${watched.by}: ${watched.reason}` };
    case 'history full':
      return await beginAnew(state, 'watch');
  }
}

async function putBack(state: RunState, from: RestoreState = beginning): Promise<Ending> {
  const { failure } = state;
  if (!state.restore && failure) {
    forget(state, 'bake');
    note(state, { key: 'failed', mark: 'failed', title: 'failed', text: describeFailure(failure) });
    await record(
      state,
      'failed',
      'failed',
      { source: failure.source, reason: failure.reason, ...evidenceOf(state) },
      { by: failure.by, why: failure.reason },
    );
  }
  const steps = restoreSteps(state);
  if (state.request?.onFailure === 'observe') return toEnding(await observe(steps, restoreInput(state), beginning));
  return toEnding(await restore(steps, restoreInput(state), state.restore ?? from));
}

/** What the targets that fail were seen to be like, and what smoke tests have printed. */
function evidenceOf({ targets, sources = [] }: RunState): Readonly<Record<string, unknown>> {
  const kept = targets.flatMap(({ id, document }) => (document ? [[id, document] as const] : []));
  const logs = sources.flatMap(({ name, log }) => (log ? [[name, log] as const] : []));
  return {
    ...(kept.length > 0 ? { evidence: Object.fromEntries(kept) } : {}),
    ...(logs.length > 0 ? { logs: Object.fromEntries(logs) } : {}),
  };
}
