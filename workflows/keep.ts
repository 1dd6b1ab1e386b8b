import { counted } from '../src/domain/counted.ts';
import { besidesAll } from '../src/domain/describe-not-assessed.ts';
import type { Ending } from './conclude.ts';
import { note, record } from './run.ts';
import type { RunState } from './run-state.ts';
import { takeSnapshot } from './take-baseline.ts';

/**
 * The new state becomes the last known good, once it has been read at one instant in every cluster. `null`: what was said
 * meanwhile has to be judged first.
 */
export async function keep(state: RunState, reason: string): Promise<Ending | null> {
  const title = state.promotedBy === null ? 'baked' : 'promoted';
  note(state, { key: 'bake', mark: 'done', title, text: `${reason}${besidesAll(state.targets)}` });
  const { snapshot: known } = await takeSnapshot(state, state.before?.parts);
  if (state.failure || state.cancel) return null;
  await record(state, 'knownGood', 'knownGood', { snapshot: known });
  note(state, {
    key: 'knownGood',
    mark: 'done',
    title: 'known good',
    text: `${known.snapshot.id.slice(0, 6)}      ${counted(known.objects, 'object')}`,
  });
  return { outcome: 'kept', reason };
}
