/** Remembers work that need not be done again for a while. */
export interface KnownIds {
  /** Runs `action` unless the same id succeeded within the time, or is under way; a failure is forgotten. */
  once(id: string, action: () => Promise<void>): Promise<void>;
}

interface Known {
  readonly done: Promise<void>;
  readonly until: number;
}

/** About 10 MB when full. */
const most = 50_000;

/**
 * The time must be short: another process may delete what was seen (the clean-up of unreferenced blobs), and a snapshot
 * that refers to a deleted blob cannot be restored. Milliseconds of the monotonic clock.
 */
export function createKnownIds(knownFor: number): KnownIds {
  const known = new Map<string, Known>();
  return {
    once: (id, action) => {
      const earlier = known.get(id);
      if (earlier && earlier.until > performance.now()) return earlier.done;
      const done = action();
      known.delete(id);
      known.set(id, { done, until: performance.now() + knownFor });
      done.catch(() => known.delete(id));
      forgetOldest(known);
      return done;
    },
  };
}

function forgetOldest(known: Map<string, Known>): void {
  for (const id of known.keys()) {
    if (known.size <= most) return;
    known.delete(id);
  }
}
