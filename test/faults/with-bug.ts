import type { UndoInput } from '../../src/schema/activities.ts';
import type { WriteReport } from '../../src/schema/plan.ts';
import type { Steps } from '../../workflows/restore/steps.ts';
import type { SeededBug } from './seeded-bugs.ts';

/** The bugs that can be put around the steps, whatever world is behind them; the others are switches of the world. */
const wraps: Readonly<Partial<Record<SeededBug, (steps: Steps) => Steps>>> = {
  'skip verify': (steps) => ({
    ...steps,
    verifyTarget: async ({ target }) => ({
      target: target.id,
      equal: 0,
      differences: [],
      versions: 'not read',
      contents: 'not read',
    }),
  }),
  'compensate only what was acknowledged': (steps) => onlyAcknowledged(steps),
  'drop voiding': (steps) => ({ ...steps, undoBatch: (input) => steps.undoBatch({ ...input, unclear: [] }) }),
  'acknowledge on error': (steps) => ({
    ...steps,
    writeBatch: (input) => steps.writeBatch(input).then(allDone, () => ({ target: input.target.id, results: [] })),
  }),
};

export function withBug(bug: SeededBug | undefined, steps: Steps): Steps {
  return (bug && wraps[bug]?.(steps)) ?? steps;
}

function allDone({ target, results }: WriteReport): WriteReport {
  return { target, results: results.map(({ object }) => ({ object, kind: 'done' })) };
}

function onlyAcknowledged(steps: Steps): Steps {
  const acknowledged = new Set<string>();
  const nameOf = ({ target, stage, batch }: Pick<UndoInput, 'target' | 'stage' | 'batch'>) =>
    `${target.id} ${stage} ${batch}`;
  return {
    ...steps,
    writeBatch: async (input) => {
      const report = await steps.writeBatch(input);
      if (report.results.every(({ kind }) => kind === 'done')) acknowledged.add(nameOf(input));
      return report;
    },
    undoBatch: async (input) =>
      acknowledged.has(nameOf(input)) ? await steps.undoBatch(input) : { target: input.target.id, results: [] },
  };
}
