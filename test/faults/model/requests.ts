import type { PortError } from '../../../src/ports/port-error.ts';
import type { FaultKind, Site, Verb } from '../fault.ts';
import { meet } from '../meet.ts';
import { problem } from './clusters.ts';
import { actAsSomebodyElse, clusterOf, type ModelWorld, noteState } from './world.ts';

/** One try at a step. Temporal may give it up while it goes on. */
export interface Attempt {
  /** Nothing is sent that could outlive it. */
  readonly deadline: number;
  /** Its worker is dead: nothing of it happens any more. */
  isDead: boolean;
  /** Temporal learns that it will not answer. */
  readonly giveUp: () => void;
}

/** On whose behalf a request is made. */
export interface Caller {
  readonly world: ModelWorld;
  readonly attempt: Attempt;
  readonly step: string;
  /** `-` where no cluster is asked. */
  readonly target: string;
  readonly stage: string | null;
}

interface Wish<T> {
  readonly does: Verb;
  readonly object: string;
  readonly effect: () => T;
}

const requestTimeout = 2000;
/** As the adapter: a request is sent only if its timeout ends this long before its attempt does. */
const margin = 1000;

/** Sends one request, when it is its turn, through whatever fault is there for it. */
export async function request<T>(caller: Caller, wish: Wish<T>): Promise<T> {
  const { world, attempt } = caller;
  await world.scheduler.turn();
  if (attempt.isDead) return await never();
  const { step, target } = caller;
  const { site, kind: fault } = meet(world.meetings, { step, target, does: wish.does, object: wish.object });
  if (world.trial.notes === 'states') noteState(world);
  const struck: Struck = { caller, wish, site };
  if (fault) await beforeSending[fault]?.(struck);
  refuseWhenLate(caller, wish);
  if (fault) await beforeEffect[fault]?.(struck);
  refuseWhenCut(struck);
  const answer = wish.effect();
  if (fault) await afterEffect[fault]?.(struck);
  await loseWhenDeaf(struck);
  return answer;
}

interface Struck {
  readonly caller: Caller;
  readonly wish: Wish<unknown>;
  readonly site: Site;
}

type Strike = (struck: Struck) => unknown;
type Strikes = Readonly<Partial<Record<FaultKind, Strike>>>;

const beforeSending: Strikes = {
  'crash before': (struck) => die(struck),
  stopped: (struck) => standStill(struck, (goOn) => void struck.caller.world.scheduler.sleep(15_000).then(goOn)),
  frozen: (struck) => standStill(struck, (goOn) => struck.caller.world.afterOutcome.push(goOn)),
  touched: ({ caller: { world }, site }) => clusterOf(world, site.target).touch(site.object),
  edited: ({ caller: { world }, site }) => actAsSomebodyElse(world, site, 'edit'),
  removed: ({ caller: { world }, site }) => actAsSomebodyElse(world, site, 'remove'),
  cancelled: ({ caller: { world } }) => {
    world.isCancelled = true;
  },
};

const beforeEffect: Strikes = {
  refused: ({ site }) => Promise.reject(problem('unavailable', `${site.target} does not take the request`)),
  busy: ({ site }) => Promise.reject(problem('unavailable', `${site.target} is busy`)),
  conflict: ({ site }) => Promise.reject(problem('conflict', `${site.object} is another version`)),
  cut: (struck) => noAnswer(struck),
  silent: async (struck) => {
    await struck.caller.world.scheduler.sleep(requestTimeout);
    noAnswer(struck);
  },
  denied: ({ site }) => Promise.reject(problem('denied', `${site.object} may not be touched`)),
  forbidden: ({ caller: { world }, site }) => void world.forbidden.add(`${site.target}/${site.object}`),
  partition: (struck) => cut(struck, 5000),
  outage: (struck) => cut(struck, Number.POSITIVE_INFINITY),
  delayed: (struck) => arriveLate(struck, (arrive) => void struck.caller.world.scheduler.sleep(3000).then(arrive)),
  late: (struck) => arriveLate(struck, (arrive) => struck.caller.world.afterOutcome.push(arrive)),
};

const afterEffect: Strikes = {
  'answer lost': (struck) => noAnswer(struck),
  'told failed': (struck) => noAnswer(struck),
  'crash after': (struck) => die(struck),
  deaf: ({ caller: { world }, site }) =>
    void world.cuts.set(site.target, { until: world.scheduler.now() + 5000, lets: 'requests' }),
};

function die({ caller: { attempt } }: Struck): Promise<never> {
  attempt.isDead = true;
  attempt.giveUp();
  return never();
}

/** The worker does not run, so Temporal gives the attempt up; nobody tells the worker. */
function standStill({ caller: { attempt } }: Struck, goOnLater: (goOn: () => void) => void): Promise<void> {
  attempt.giveUp();
  return new Promise((goOn) => goOnLater(goOn));
}

/** It was sent in time and is somewhere in the network; whoever sent it gets no answer. */
async function arriveLate({ caller, wish, site }: Struck, later: (arrive: () => void) => void): Promise<void> {
  later(() => {
    try {
      wish.effect();
    } catch {
      // Its fence held.
    }
  });
  await caller.world.scheduler.sleep(requestTimeout);
  throw unanswered(site);
}

function cut({ caller: { world }, site }: Struck, milliseconds: number): void {
  world.cuts.set(site.target, { until: world.scheduler.now() + milliseconds, lets: 'nothing' });
}

function refuseWhenLate({ world, attempt }: Caller, { does }: Wish<unknown>): void {
  if (world.trial.bug === 'ignore the attempt deadline') return;
  const isWrite = does === 'write' || does === 'delete';
  if (isWrite && world.scheduler.now() + requestTimeout + margin >= attempt.deadline)
    throw problem('unavailable', 'not sent: the attempt ends too soon');
}

function refuseWhenCut({ caller: { world }, wish: { does }, site }: Struck): void {
  if (isCut(world, site.target, 'nothing')) throw problem('unavailable', `${site.target} is not reached`);
  const isWrite = does === 'write' || does === 'delete';
  if (isWrite && world.forbidden.has(`${site.target}/${site.object}`))
    throw problem('denied', `${site.object} may not be written`);
}

async function loseWhenDeaf(struck: Struck): Promise<void> {
  const { caller, site } = struck;
  if (!isCut(caller.world, site.target, 'requests')) return;
  await caller.world.scheduler.sleep(requestTimeout);
  noAnswer(struck);
}

function isCut({ cuts, scheduler }: ModelWorld, target: string, lets: 'nothing' | 'requests'): boolean {
  const found = cuts.get(target);
  return found !== undefined && found.lets === lets && found.until > scheduler.now();
}

function noAnswer({ site }: Struck): never {
  throw unanswered(site);
}

/** Only a write can have taken effect; everything else is simply asked again. */
function unanswered({ does, object }: Site): PortError {
  const isWrite = does === 'write' || does === 'delete';
  return problem(isWrite ? 'unclear' : 'unavailable', `no answer about ${object}`);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
