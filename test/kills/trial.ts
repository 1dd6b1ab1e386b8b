import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { followGuard, type GuardRun, reportFailure, startGuard } from '../../src/client/index.ts';
import { deployBadly } from '../support/bad-deploy.ts';
import { requestFor } from '../support/engine.ts';
import type { SmallApp } from '../support/small-app.ts';
import { type Content, differences, excessWrites, heldLeases, isLeftOver } from './judge.ts';
import type { Lane } from './lane.ts';
import type { Nemesis } from './nemeses.ts';
import { arm, type Moment, type Trigger } from './trigger.ts';

export interface Trial {
  readonly seed: number;
  readonly nemesis: Nemesis;
  /** Back: one cluster does not let one object be written, so that all has to be taken back. */
  readonly course: 'forward' | 'back';
  readonly strike: Strike;
}

/** At which of the engine's requests. */
export type Strike =
  /** Counted from the start on, while the baseline is taken; or from the report of the failure on. */
  | { readonly during: 'baseline' | 'rollback'; readonly nth: number }
  /**
   * The first once the deploy may begin, the first write, or the first when taking back has begun; when everything is as
   * it shall be in the end, the first that reads, or the first that writes to a Lease.
   */
  | { readonly at: 'failure' | 'commit' | 'compensation' | 'verify' | 'release' };

export interface Verdict {
  readonly fired: boolean;
  /** The engine's, in the stretch of the trial. */
  readonly requests: number;
  readonly outcome: string;
  readonly violations: readonly string[];
  /** What the known hole "late creation" explains. */
  readonly known: readonly string[];
  /** Milliseconds from the report of the failure to the outcome. */
  readonly took: number;
}

/** How long a run may take before it must at least say what it waits for. */
const patience = 150_000;
/** A run that waits for a person may wait for what is held back: after this long it is let go. */
const waitingPatience = 10_000;
/** What a run says that may not do what it has to. */
const lacksRight = 'HTTP 403';
/** What was on its way, or asleep, gets the time to do harm. */
const aftermath = 1500;

/** What a trial has at hand. */
interface Scene {
  readonly lane: Lane;
  readonly trial: Trial;
  readonly app: SmallApp;
  readonly before: Content;
  /** As the bad deploy left it. */
  failed?: Content;
  readonly over: { readonly promise: Promise<void>; readonly resolve: () => void };
  readonly triggers: Trigger[];
  /** Let be written what was forbidden. */
  readonly rights: (() => void)[];
}

/** One guarded bad deploy with one thing going wrong, judged by what the clusters hold. */
export async function runTrial(lane: Lane, trial: Trial): Promise<Verdict> {
  const app = await lane.ground.install(`t${trial.seed}`);
  const scene: Scene = { lane, trial, app, before: await app.content(), over: signal(), triggers: [], rights: [] };
  try {
    return await play(scene);
  } finally {
    scene.over.resolve();
    for (const trigger of scene.triggers) trigger.disarm();
    for (const give of scene.rights) give();
    await lane.tidy();
  }
}

async function play(scene: Scene): Promise<Verdict> {
  const { lane, trial, app, over } = scene;
  const begins = beginningOf(trial.strike);
  if (begins === 'baseline') armNemesis(scene);
  const request = requestFor(app.name, { unreachable: { wait: '60s' } });
  const started = await startGuard(lane.belay, request, { readyTimeout: patience, by: 'campaign' });
  if (started.kind !== 'ready') return await judgeUnready(scene, started);
  if (begins === 'deploy') armNemesis(scene);
  await deployBadly(app);
  const failed = await app.content();
  scene.failed = failed;
  if (begins === 'rollback') armNemesis(scene);
  const since = performance.now();
  await reportFailure(lane.belay, started.run, { source: 'campaign', reason: 'told to fail', key: randomUUID() });
  const ended = await outcomeOf(scene, started.run);
  const { outcome } = ended;
  const took = Math.round(performance.now() - since);
  over.resolve();
  await delay(aftermath);
  const wanted = { restored: scene.before, reverted: failed, refused: failed }[outcome];
  const wrong = wanted ? differences(wanted, await app.content()) : [];
  const known = outcome === 'reverted' ? createdLate(scene, wrong) : [];
  const violations = [
    ...unexpected(scene, ended),
    ...wrong.filter((one) => !known.includes(one)),
    ...(outcome === 'waiting' ? [] : await heldLeases(lane.ground, app)),
    ...excessWrites(lane.ground, app),
  ];
  return { ...strikesOf(scene), outcome, violations, known, took };
}

function beginningOf(strike: Strike): 'baseline' | 'deploy' | 'rollback' {
  if ('nth' in strike) return strike.during;
  return strike.at === 'failure' ? 'deploy' : 'rollback';
}

function strikesOf({ lane, trial, triggers }: Scene): Pick<Verdict, 'fired' | 'requests'> {
  const [trigger] = triggers.slice(-1);
  const isReached = trial.nemesis.reached?.(lane) ?? true;
  return { fired: trigger?.struck !== undefined && isReached, requests: trigger?.seen ?? 0 };
}

function armNemesis(scene: Scene): void {
  const { lane, trial, over, triggers } = scene;
  const { when, strike } = trial.nemesis;
  const denied = trial.course === 'back' ? denyOneObject(scene) : () => false;
  triggers.push(arm(lane.ground, { isIt: momentOf(scene, denied), when }, () => strike(lane, over.promise)));
}

/** Answers whether it was wanted already. */
function denyOneObject({ lane, app, rights }: Scene): () => boolean {
  const match = { method: 'PUT', path: `${app.path('configmaps', 'settings')}(\\?|$)`, dryRun: 'never' } as const;
  const denial = lane.ground.fronts.ap.inject({ match, effect: { kind: 'respond', status: 403 } });
  rights.push(() => denial.remove());
  return () => denial.fired > 0;
}

function momentOf(scene: Scene, denied: () => boolean): Moment['isIt'] {
  const { strike } = scene.trial;
  if ('nth' in strike) {
    let seen = 0;
    return () => ++seen === strike.nth;
  }
  const isIn = `/namespaces/${scene.app.name}/`;
  const isWrite: Moment['isIt'] = ({ method, dryRun, path }) =>
    method !== 'GET' && !dryRun && path.includes(isIn) && !path.includes('/leases');
  const isLease: Moment['isIt'] = ({ method, path }) => method !== 'GET' && path.includes('/leases');
  const isDone = () => isAsItShallBe(scene, denied);
  const moments: Readonly<Record<typeof strike.at, Moment['isIt']>> = {
    failure: () => true,
    commit: isWrite,
    compensation: (request) => denied() && isWrite(request),
    verify: async (request) => request.method === 'GET' && (await isDone()),
    release: async (request) => (await isLease(request)) && (await isDone()),
  };
  return moments[strike.at];
}

/** Put back, or taken back; before the first refusal nothing has been taken back. */
async function isAsItShallBe({ trial, app, before, failed }: Scene, denied: () => boolean): Promise<boolean> {
  if (trial.course === 'forward') return differences(before, await app.content()).length === 0;
  return denied() && failed !== undefined && differences(failed, await app.content()).length === 0;
}

function unexpected({ lane, trial }: Scene, { outcome, reason, waited }: Ended): string[] {
  if (!isExpected(trial, outcome) && !isLeftAlone(lane, outcome)) return [`ended ${outcome}: ${reason}`];
  const isSilent = trial.nemesis.blocks && outcome !== 'refused' && !waited;
  return isSilent ? [`ended ${outcome}, and never said that it waits`] : [];
}

/** What would have been restored is reverted if one object can not be written. */
function isExpected({ nemesis, course }: Trial, outcome: string): boolean {
  const wanted = course === 'back' && outcome === 'reverted' ? 'restored' : outcome;
  return nemesis.outcomes.includes(wanted) && !(course === 'back' && outcome === 'restored');
}

/** What is there too much by the one creation that was held back. */
function createdLate({ trial, triggers }: Scene, wrong: readonly string[]): readonly string[] {
  const held = triggers.find(({ struck }) => struck?.method === 'POST' && !struck.dryRun)?.struck;
  if (!held || trial.nemesis.holds !== true) return [];
  return wrong.filter((one) => isLeftOver(one, held.cluster)).slice(0, 1);
}

/** Tasks lie in a queue for so long before the first write, in milliseconds. */
const queuePatience = 30_000;

/** On a busy machine: nobody was there to go on, which is refused as long as nothing was written. */
function isLeftAlone({ worker }: Lane, outcome: string): boolean {
  return outcome === 'refused' && worker.startedIn > queuePatience;
}

type Unready = Exclude<Awaited<ReturnType<typeof startGuard>>, { kind: 'ready' }>;

/** The deploy is not let through: right, as long as nothing was touched. */
async function judgeUnready(scene: Scene, started: Unready): Promise<Verdict> {
  const { lane, app, before, over } = scene;
  over.resolve();
  await delay(aftermath);
  const outcome = started.kind === 'closed' && started.end.kind === 'ended' ? started.end.result.outcome : started.kind;
  const violations = [
    ...(outcome === 'unready' ? [] : [`not ready: ${JSON.stringify(started)}`]),
    ...differences(before, await app.content()),
    ...(await heldLeases(lane.ground, app)),
  ];
  return { ...strikesOf(scene), outcome, violations, known: [], took: 0 };
}

interface Ended {
  readonly outcome: string;
  readonly reason: string;
  /** Blocked, with a person told so. */
  readonly waited: boolean;
}

async function outcomeOf(scene: Scene, run: GuardRun): Promise<Ended> {
  const begun = performance.now();
  for (let waitsSince = Number.POSITIVE_INFINITY; ; ) {
    const ending = await followGuard(scene.lane.belay, run);
    const waited = Number.isFinite(waitsSince);
    if (ending.kind === 'ended') return { ...ending.result, waited };
    if (ending.kind !== 'waiting') return { outcome: ending.kind, reason: JSON.stringify(ending), waited };
    const now = performance.now();
    const reason = ending.view.decision?.reason ?? 'nobody knows why';
    waitsSince = Math.min(waitsSince, now);
    if (now - waitsSince > waitingPatience) asPerson(scene, reason);
    if (now - begun > patience) return { outcome: 'waiting', reason, waited: true };
    await delay(500);
  }
}

/** Reads what the run waits for; a write without an answer cannot be taken back without the right to write. */
function asPerson({ over, rights }: Scene, reason: string): void {
  over.resolve();
  if (!reason.includes(lacksRight)) return;
  for (const give of rights) give();
}

/** A promise and what resolves it (Node 20 has no `Promise.withResolvers`). */
function signal(): Scene['over'] {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
