import { condition } from '@temporalio/workflow';
import { present } from './present.ts';
import { short } from './proxies.ts';
import type { Decision, Gate } from './restore/steps.ts';
import { enter, note, record } from './run.ts';
import type { RunState } from './run-state.ts';

/**
 * Opens a gate and waits for a person's word, at most `recheck` milliseconds: then it answers "try again" by nobody,
 * because causes go away by themselves too. The gate stays shown until the step it guards has been done.
 */
export async function decide(state: RunState, gate: Gate, recheck: number): Promise<Decision> {
  const known = state.decision;
  state.decision = {
    kind: gate.kind,
    since: known?.since ?? new Date().toISOString(),
    reason: gate.reason,
    objects: gate.objects,
    choices: ['retry', ...(gate.also ?? []), 'abandon'],
  };
  enter(state, gate.kind === 'blocked' ? 'waiting(blocked)' : 'waiting(unhealthy)');
  note(state, { key: 'waiting', mark: 'running', title: `waiting (${gate.kind})`, text: gate.reason });
  if (known?.reason !== gate.reason) await recordWaiting(state, gate);
  await condition(() => state.resolution !== null, recheck, { summary: short(`look again: ${gate.reason}`) });
  return await takeResolution(state);
}

async function recordWaiting(state: RunState, gate: Gate): Promise<void> {
  if (state.run === null) return;
  const step = `waiting/${state.journal?.sequence ?? 0}`;
  await record(state, 'waiting', step, { kind: gate.kind, reason: gate.reason, objects: gate.objects.slice(0, 50) });
}

async function takeResolution(state: RunState): Promise<Decision> {
  const resolution = state.resolution;
  state.resolution = null;
  if (!resolution) return { kind: 'retry', by: null };
  const { decision, by, reason } = resolution;
  if (state.run)
    await record(state, 'decided', `decided/${state.journal?.sequence ?? 0}`, { decision }, { by, why: reason });
  return decision === 'retry' ? { kind: 'retry', by } : { kind: decision, by, reason };
}

/** The step that was waited for is done, or a person has closed the wait. */
export function closeGate(state: RunState, text = 'the cause is gone'): void {
  if (!state.decision) return;
  state.decision = null;
  note(state, { key: 'waiting', mark: 'done', title: 'waited', text });
  present(state);
}
