import type { JsonObject } from '../json.ts';
import { uidOf } from '../meta.ts';
import type { Timers } from '../timers.ts';

export interface Progress {
  /** Notes what a rollout has reached; answers with the simulated ms since that last changed. */
  idleTime(deployment: JsonObject, reached: string): number;
}

/** Remembers when each rollout last moved, finer than the whole seconds of its condition. */
export function createProgress(timers: Timers): Progress {
  const known = new Map<string, { reached: string; since: number }>();
  return {
    idleTime: (deployment, reached) => {
      const before = known.get(uidOf(deployment));
      if (before?.reached === reached) return timers.now() - before.since;
      known.set(uidOf(deployment), { reached, since: timers.now() });
      return 0;
    },
  };
}
