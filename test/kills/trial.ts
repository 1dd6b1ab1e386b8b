import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { followGuard, type GuardRun, reportFailure, startGuard } from '../../src/client/index.ts';
import { changesByEngine, deployBadly, holderIn } from '../support/bad-deploy.ts';
import { clusterNames, requestFor } from '../support/engine.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import type { Lane } from './lane.ts';
import type { Nemesis } from './nemeses.ts';
import { arm, type Trigger } from './trigger.ts';

export interface Trial {
  readonly seed: number;
  readonly nemesis: Nemesis;
  /** From the start on, while the baseline is taken; or from the report of the failure on. */
  readonly during: 'baseline' | 'rollback';
  /** At which of the engine's requests it strikes. */
  readonly nth: number;
}

export interface Verdict {
  /** The engine's requests in the stretch of the trial: it has fired if there were enough of them. */
  readonly requests: number;
  readonly outcome: string;
  readonly violations: readonly string[];
  /** Milliseconds from the report of the failure to the outcome. */
  readonly took: number;
}

/** How long a run may take before it must at least say what it waits for. */
const patience = 150_000;
/** A run that waits for a person may wait for what is held back: after this long it is let go. */
const waitingPatience = 20_000;
/** What was on its way, or asleep, gets the time to do harm. */
const aftermath = 1500;

/** One guarded bad deploy with one thing going wrong, judged by what the clusters hold. */
export async function runTrial(lane: Lane, trial: Trial): Promise<Verdict> {
  const app = await installSmallApp(lane.sandbox, `t${trial.seed}`);
  const over = signal();
  const armed = () =>
    arm(lane.sandbox, { nth: trial.nth, when: trial.nemesis.when }, () => trial.nemesis.strike(lane, over.promise));
  const triggers: Trigger[] = [];
  try {
    const before = await app.content();
    if (trial.during === 'baseline') triggers.push(armed());
    const request = requestFor(app.name, { unreachable: { wait: '60s' } });
    const started = await startGuard(lane.belay, request, { readyTimeout: patience, by: 'campaign' });
    if (started.kind !== 'ready') return await judgeUnready(lane, app, { before, triggers, over, started });
    await deployBadly(app);
    const failed = await app.content();
    if (trial.during === 'rollback') triggers.push(armed());
    const since = performance.now();
    await reportFailure(lane.belay, started.run, { source: 'campaign', reason: 'told to fail', key: randomUUID() });
    const { outcome, reason } = await outcomeOf(lane, started.run, over.resolve);
    const took = Math.round(performance.now() - since);
    over.resolve();
    await delay(aftermath);
    const wanted = { restored: before, reverted: failed, refused: failed }[outcome];
    const violations = [
      ...(trial.nemesis.outcomes.includes(outcome) ? [] : [`ended ${outcome}: ${reason}`]),
      ...(wanted ? differences(wanted, await app.content()) : []),
      ...(outcome === 'waiting' ? [] : heldLeases(lane, app)),
      ...excessWrites(lane, app),
    ];
    return { requests: triggers[0]?.seen ?? 0, outcome, violations, took };
  } finally {
    over.resolve();
    for (const trigger of triggers) trigger.disarm();
    await lane.tidy();
  }
}

type Content = Awaited<ReturnType<SmallApp['content']>>;

interface Unready {
  readonly before: Content;
  readonly triggers: readonly Trigger[];
  readonly over: { resolve(): void };
  readonly started: Exclude<Awaited<ReturnType<typeof startGuard>>, { kind: 'ready' }>;
}

/** The deploy is not let through: right, as long as nothing was touched. */
async function judgeUnready(lane: Lane, app: SmallApp, { before, triggers, over, started }: Unready): Promise<Verdict> {
  over.resolve();
  await delay(aftermath);
  const outcome = started.kind === 'closed' && started.end.kind === 'ended' ? started.end.result.outcome : started.kind;
  const violations = [
    ...(outcome === 'unready' ? [] : [`not ready: ${JSON.stringify(started)}`]),
    ...differences(before, await app.content()),
    ...heldLeases(lane, app),
  ];
  return { requests: triggers[0]?.seen ?? 0, outcome, violations, took: 0 };
}

async function outcomeOf(lane: Lane, run: GuardRun, letGo: () => void): Promise<{ outcome: string; reason: string }> {
  const begun = performance.now();
  for (let waitsSince = Number.POSITIVE_INFINITY; ; ) {
    const ending = await followGuard(lane.belay, run);
    if (ending.kind === 'ended') return ending.result;
    if (ending.kind !== 'waiting') return { outcome: ending.kind, reason: JSON.stringify(ending) };
    const now = performance.now();
    waitsSince = Math.min(waitsSince, now);
    if (now - waitsSince > waitingPatience) letGo();
    if (now - begun > patience)
      return { outcome: 'waiting', reason: ending.view.decision?.reason ?? 'nobody knows why' };
    await delay(500);
  }
}

/** Cluster by cluster, object by object; judged apart from the engine's own canonical form. */
function differences(wanted: Content, found: Content): string[] {
  return clusterNames.flatMap((cluster) => {
    const [one, other] = [wanted[cluster] as Content, found[cluster] as Content];
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].flatMap((name) =>
      JSON.stringify(one[name]) === JSON.stringify(other[name])
        ? []
        : [`${cluster}/${name}: wanted ${JSON.stringify(one[name])}, is ${JSON.stringify(other[name])}`],
    );
  });
}

function heldLeases({ sandbox }: Lane, app: SmallApp): string[] {
  return clusterNames.flatMap((cluster) => {
    const holder = holderIn(sandbox, cluster, app);
    return holder === '' ? [] : [`${cluster}: the Lease is still held by ${holder}`];
  });
}

/** Forward, and once more than needed; back, and once more than needed. What only moves a version counts apart. */
const mostWrites = 4;

function excessWrites({ sandbox }: Lane, app: SmallApp): string[] {
  const counts = new Map<string, number>();
  for (const { cluster, method, resource, name, path } of changesByEngine(sandbox, app)) {
    const what = `${cluster}: ${resource}/${name || path}`;
    if (method !== 'PATCH') counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].flatMap(([what, count]) => (count > mostWrites ? [`${what} was written ${count} times`] : []));
}

/** A promise and what resolves it (Node 20 has no `Promise.withResolvers`). */
function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
