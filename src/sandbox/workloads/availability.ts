import type { JsonObject } from '../json.ts';
import { uidOf } from '../meta.ts';
import type { Timers } from '../timers.ts';
import { isReady } from './owning.ts';

export interface Availability {
  readonly available: number;
  /** Simulated ms after which the count may be higher. */
  readonly recheck: number | undefined;
}

/** Counts the pods that have been ready long enough. Remembers since when each is, finer than its status does. */
export function createAvailability(timers: Timers): {
  count(pods: readonly JsonObject[], minReadySeconds: number): Availability;
} {
  const readySince = new Map<string, number>();
  return {
    count: (pods, minReadySeconds) => {
      const now = timers.now();
      const left = pods
        .map((pod) => waitOf(readySince, pod, now + minReadySeconds * 1000) - now)
        .filter((ms) => !Number.isNaN(ms));
      const waiting = left.filter((ms) => ms > 0);
      return {
        available: left.length - waiting.length,
        recheck: waiting.length === 0 ? undefined : Math.min(...waiting) + 1,
      };
    },
  };
}

/** The simulated time from which a pod is available; NaN while it is not ready. */
function waitOf(readySince: Map<string, number>, pod: JsonObject, fromNow: number): number {
  const uid = uidOf(pod);
  if (!isReady(pod)) {
    readySince.delete(uid);
    return Number.NaN;
  }
  const known = readySince.get(uid) ?? fromNow;
  readySince.set(uid, known);
  return known;
}
