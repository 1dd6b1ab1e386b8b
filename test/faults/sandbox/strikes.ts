import { PortError } from '../../../src/ports/port-error.ts';
import type { Fault as RequestFault } from '../../../src/sandbox/index.ts';
import type { FaultKind, Site, Verb } from '../fault.ts';
import { meet } from '../meet.ts';
import { type Attempt, actAsSomebodyElse, attempts, clusterOf, type SandboxRun } from './run.ts';

/** A call of a port, and the request it makes where it makes one. */
export interface Wish<T> {
  readonly target: string;
  readonly does: Verb;
  readonly object: string;
  /** Of the request, for faults between the client and the server. */
  readonly match?: { readonly method: string; readonly path: string };
  /** `late`: the attempt's time is over, and its writes are to know. */
  readonly send: (time: 'in time' | 'late') => Promise<T>;
}

interface Struck {
  readonly run: SandboxRun;
  readonly attempt: Attempt;
  readonly site: Site;
}

/** Makes the call, through whatever fault is there for it. */
export async function strike<T>(wish: Wish<T>): Promise<T> {
  const attempt = attempts.getStore();
  if (!attempt) return await wish.send('in time');
  if (attempt.isDead) throw new Error('its worker is dead');
  const { run, step } = attempt;
  const { target, does, object } = wish;
  const { site, kind } = meet(run.meetings, { step, target, does, object });
  const struck = { run, attempt, site };
  if (kind) await beforeSending[kind]?.(struck);
  const remove = kind && arm(struck, kind, wish);
  try {
    const answer = await wish.send(attempt.isGivenUp ? 'late' : 'in time');
    if (kind) await afterAnswer[kind]?.(struck);
    return answer;
  } finally {
    remove?.();
  }
}

type Strikes = Readonly<Partial<Record<FaultKind, (struck: Struck) => unknown>>>;

const nearby = (run: SandboxRun, site: Site) => ({
  target: site.target,
  object: site.object.includes('/') ? site.object : 'ConfigMap/settings',
  run,
});

const beforeSending: Strikes = {
  'crash before': ({ attempt }) => die(attempt),
  stopped: ({ attempt }) => standStill(attempt, (goOn) => setTimeout(goOn, 40)),
  frozen: ({ attempt, run }) => standStill(attempt, (goOn) => run.afterOutcome.push(goOn)),
  touched: ({ run, site }) => actAsSomebodyElse(run, nearby(run, site), 'touch'),
  edited: ({ run, site }) => actAsSomebodyElse(run, nearby(run, site), 'edit'),
  removed: ({ run, site }) => actAsSomebodyElse(run, nearby(run, site), 'remove'),
  cancelled: ({ run }) => {
    run.isCancelled = true;
  },
  partition: (struck) => refuse(struck, 60),
  outage: (struck) => refuse(struck, null),
  forbidden: ({ run, site }) => {
    const { match } = requestOf(run, site);
    const fault = clusterOf(run, site.target).faults.inject({ match, effect: { kind: 'respond', status: 403 } });
    run.repairs.add(() => fault.remove());
  },
};

const afterAnswer: Strikes = {
  'crash after': ({ attempt }) => die(attempt),
};

/** Faults between the client and the server, and in it. */
const effects: Readonly<Partial<Record<FaultKind, (run: SandboxRun) => RequestFault['effect']>>> = {
  refused: () => ({ kind: 'respond', status: 503 }),
  busy: () => ({ kind: 'respond', status: 429 }),
  conflict: () => ({ kind: 'respond', status: 409 }),
  denied: () => ({ kind: 'respond', status: 403 }),
  cut: () => ({ kind: 'drop' }),
  silent: () => ({ kind: 'blackHole' }),
  'answer lost': () => ({ kind: 'doThenDrop' }),
  'told failed': () => ({ kind: 'doThenRespond', status: 500 }),
  delayed: () => ({ kind: 'delay', ms: 1800 }),
  late: (run) => ({
    kind: 'call',
    when: 'before',
    run: () => new Promise<void>((arrive) => run.afterOutcome.push(arrive)),
  }),
};

/** Lays the fault in the request's way; the answer takes what is left of it away. */
function arm({ run, site }: Struck, kind: FaultKind, { match }: Wish<unknown>): (() => void) | undefined {
  const effect = effects[kind]?.(run);
  if (!effect) return undefined;
  if (!match) throw new PortError('unavailable', `${site.object} does not answer`);
  // Reads are tried again a few times by the client itself: for them it lasts until it has given up.
  const once = site.does === 'read' ? {} : { count: 1 };
  const handle = clusterOf(run, site.target).faults.inject({ match: { ...match, user: 'engine' }, effect, ...once });
  return () => handle.remove();
}

function requestOf({ application }: SandboxRun, { object }: Site) {
  const path = `^${application.path(object)}([?]|$)`;
  return { match: { path, user: 'engine' as const, dryRun: 'never' as const } };
}

function die(attempt: Attempt): never {
  attempt.isDead = true;
  attempt.giveUp();
  throw new Error('its worker is dead');
}

function standStill(attempt: Attempt, goOnLater: (goOn: () => void) => void): Promise<void> {
  attempt.giveUp();
  return new Promise((goOn) => goOnLater(goOn));
}

/** Nobody listens, for so many milliseconds or until a person comes. */
async function refuse({ run, site }: Struck, milliseconds: number | null): Promise<void> {
  const cluster = clusterOf(run, site.target);
  await cluster.refuse();
  const listen = () => cluster.restore();
  run.repairs.add(listen);
  if (milliseconds === null) return;
  setTimeout(() => {
    run.repairs.delete(listen);
    void listen();
  }, milliseconds);
}
