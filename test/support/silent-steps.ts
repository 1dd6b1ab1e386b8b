import type { Steps } from '../../workflows/restore/steps.ts';

type Silent = Extract<keyof Steps, `present${string}` | 'enter' | 'checkpoint' | 'whenCancelled' | 'asked'>;

/** What only shows or keeps where a restore stands: where nobody looks, nothing happens. */
export function silentSteps(): Pick<Steps, Silent> {
  return {
    whenCancelled: new Promise(() => undefined),
    enter: () => undefined,
    presentPlans: () => undefined,
    presentWritten: () => undefined,
    presentHealth: () => undefined,
    presentVerified: () => undefined,
    presentFailedState: () => undefined,
    checkpoint: async () => undefined,
    asked: () => false,
  };
}
