/** Which requests a fault is for. Members left out match everything. */
export interface FaultMatch {
  readonly cluster?: string;
  readonly method?: string;
  /** A regular expression over path and query. */
  readonly path?: string;
  /** `only`: dry runs; `never`: real runs. */
  readonly dryRun?: 'only' | 'never';
  readonly user?: string;
  readonly userAgent?: string;
}

export type FaultEffect =
  /** Answers at once, without effect. */
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  /**
   * Holds the request back, then goes on as usual. In the network (default) the request arrives late, whatever its
   * `?timeout=` says; in the server it is answered 504 without effect once that time is over.
   */
  | { readonly kind: 'delay'; readonly ms: number; readonly where?: 'network' | 'server' }
  /** Goes on as usual, then holds the answer back. */
  | { readonly kind: 'delayAnswer'; readonly ms: number }
  /** Cuts the connection before anything happened. */
  | { readonly kind: 'drop' }
  /** Does it, then cuts the connection instead of answering. */
  | { readonly kind: 'doThenDrop' }
  /** Does it, then answers with this error: done, but reported as failed. */
  | {
      readonly kind: 'doThenRespond';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  /** Takes the request and never answers, without effect. */
  | { readonly kind: 'blackHole' }
  /** Does it and never answers. */
  | { readonly kind: 'doThenBlackHole' }
  /** Cuts the connection and stops listening; listens again after `ms`, or when told to. */
  | { readonly kind: 'refuse'; readonly ms?: number }
  /** Runs a function of the test before or after the effect. In-process only. */
  | {
      readonly kind: 'call';
      readonly when: 'before' | 'after';
      readonly run: (request: Incoming) => void | Promise<void>;
    };

export interface Fault {
  readonly match?: FaultMatch;
  readonly effect: FaultEffect;
  /** Fires first on the nth match (default 1) … */
  readonly nth?: number;
  /** … and on this many matches from there (default: all). */
  readonly count?: number;
}

export interface FaultHandle {
  readonly id: string;
  /** How often it fired so far. */
  readonly fired: number;
  /** Resolves once it has fired this often (default 1). */
  whenFired(times?: number): Promise<void>;
  remove(): void;
}

export interface FaultReport {
  readonly id: string;
  readonly effect: string;
  readonly matched: number;
  readonly fired: number;
}

/** What a fault can look at. */
export interface Incoming {
  readonly cluster: string;
  readonly method: string;
  readonly path: string;
  readonly user: string;
  readonly userAgent: string;
  readonly dryRun: boolean;
}

interface Armed {
  readonly id: string;
  readonly fault: Fault;
  matched: number;
  fired: number;
  readonly waiting: Set<() => void>;
}

/** The faults of one cluster. */
export class Faults {
  readonly #armed = new Map<string, Armed>();
  readonly #prefix: string;
  #next = 1;

  constructor(cluster: string) {
    this.#prefix = cluster;
  }

  inject(fault: Fault): FaultHandle {
    const armed: Armed = { id: `${this.#prefix}-${this.#next}`, fault, matched: 0, fired: 0, waiting: new Set() };
    this.#next += 1;
    this.#armed.set(armed.id, armed);
    return {
      id: armed.id,
      get fired() {
        return armed.fired;
      },
      whenFired: (times = 1) => firedOften(armed, times),
      remove: () => this.remove(armed.id),
    };
  }

  remove(id: string): void {
    this.#armed.delete(id);
  }

  clear(): void {
    this.#armed.clear();
  }

  report(): FaultReport[] {
    return [...this.#armed.values()].map(({ id, fault, matched, fired }) => ({
      id,
      effect: fault.effect.kind,
      matched,
      fired,
    }));
  }

  /** The effects that this request meets, in the order of injection. Counts them as fired. */
  take(incoming: Incoming): { id: string; effect: FaultEffect }[] {
    const firing = [...this.#armed.values()].filter((armed) => fires(armed, incoming));
    return firing.map(({ id, fault }) => ({ id, effect: fault.effect }));
  }
}

function fires(armed: Armed, incoming: Incoming): boolean {
  if (!matches(armed.fault.match ?? {}, incoming)) return false;
  armed.matched += 1;
  const first = armed.fault.nth ?? 1;
  if (armed.matched < first || armed.matched >= first + (armed.fault.count ?? Number.POSITIVE_INFINITY)) return false;
  armed.fired += 1;
  for (const wake of [...armed.waiting]) wake();
  return true;
}

function matches(match: FaultMatch, incoming: Incoming): boolean {
  return (
    (match.cluster ?? incoming.cluster) === incoming.cluster &&
    (match.method ?? incoming.method).toUpperCase() === incoming.method &&
    (match.user ?? incoming.user) === incoming.user &&
    new RegExp(match.path ?? '').test(incoming.path) &&
    new RegExp(match.userAgent ?? '').test(incoming.userAgent) &&
    (match.dryRun === undefined || (match.dryRun === 'only') === incoming.dryRun)
  );
}

function firedOften(armed: Armed, times: number): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (armed.fired < times) return;
      armed.waiting.delete(check);
      resolve();
    };
    armed.waiting.add(check);
    check();
  });
}
