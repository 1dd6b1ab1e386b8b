import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { assertNever } from '../src/domain/assert-never.ts';
import { describeSeen, nameOfSource } from '../src/domain/describe-source.ts';
import { whyGroupFails } from '../src/domain/group-verdict.ts';
import type { SourceReport, WatchReport } from '../src/schema/activities.ts';
import type { ResolvedSource } from '../src/schema/detect.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { SourceView } from '../src/schema/status.ts';
import type { Verdict } from '../src/schema/verdict.ts';
import { watchQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { identityOf, remark, remarkOnce, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';
import { askJob, changeSource, removeJob } from './smoke-tests.ts';
import { describeError } from './step-failure.ts';

const pauseAfterFailure = 5000;

/** What a watcher answers, whatever it watches. */
type Report = SourceReport & Pick<WatchReport, 'notAssessed' | 'document' | 'remark'>;
type Seen = Omit<Report, 'cursor'>;

/** One thing that is watched: whom to ask, and where its answers go. */
interface Watcher {
  readonly name: string;
  known(): Verdict;
  /** Whatever comes, its verdict stays. */
  isOver(): boolean;
  ask(known: Verdict, cursor: string | null): Promise<Report>;
  /** Shows what was seen; where that fails the deploy, it is the cause unless there is an earlier one. */
  heed(seen: Seen): void;
}

/** Starts a watcher for every target and source, and one for the deployer. */
export function startWatchers(state: RunState): { stop(): Promise<void> } {
  const { targets, detect = [] } = requestOf(state);
  const scope = new CancellationScope({ cancellable: true });
  const running = scope.run(() =>
    Promise.all([
      ...targets.map((target) => keepAsking(state, ofTarget(state, target))),
      ...detect.map((source) => watchSource(state, source)),
      watchDeployer(state),
    ]),
  );
  running.catch(() => undefined);
  return {
    stop: async () => {
      scope.cancel();
      await running.catch(() => undefined);
    },
  };
}

/** A smoke test begins when the deploy has come to its end, and leaves nothing behind. */
async function watchSource(state: RunState, source: ResolvedSource): Promise<void> {
  if (source.kind === 'job' && !state.deployed) return;
  await keepAsking(state, ofSource(state, source));
  if (source.kind === 'job') await removeJob(state, source);
}

async function keepAsking(state: RunState, watcher: Watcher): Promise<void> {
  let cursor: string | null = null;
  while (!watcher.isOver()) {
    const report: Report | null = await askOnce(state, watcher, cursor);
    cursor = report?.cursor ?? cursor;
    if (report) watcher.heed(report);
    else await sleep(pauseAfterFailure, { summary: `${watcher.name}: watch again` });
  }
}

async function askOnce(state: RunState, watcher: Watcher, cursor: string | null): Promise<Report | null> {
  try {
    return await watcher.ask(watcher.known(), cursor);
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (isTimeUp(error)) return await askOnce(state, watcher, cursor);
    watcher.heed({ verdict: 'inconclusive', evidence: [] });
    remark(state, `${watcher.name}: cannot be watched: ${describeError(error)}`);
    return null;
  }
}

/** It was alive for as long as one look may take, and has seen nothing new: that is no trouble. */
function isTimeUp(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'START_TO_CLOSE';
}

function ofTarget(state: RunState, target: ResolvedTarget): Watcher {
  const { id } = target;
  return {
    name: id,
    known: () => state.targets.find((view) => view.id === id)?.verdict ?? 'progressing',
    isOver: () => false,
    ask: async (known, cursor) => {
      const baseline = state.before?.parts[id];
      if (!baseline) throw new Error(`no baseline of ${id}`);
      const deployedFor = state.deployed === null ? null : Date.now() - state.deployed.at;
      const about = { run: identityOf(state), target, request: requestOf(state) };
      const input = { ...about, baseline, known, cursor, deployedFor };
      return await callActivity('watchWorkloads', input, {
        taskQueue: target.watchQueue,
        summary: `${id} since ${known}`,
        stretch: 'beforePivot',
      });
    },
    heed: (seen) => heedTarget(state, id, seen),
  };
}

/** The first failing target is the failure's cause; what comes later is evidence. */
function heedTarget(state: RunState, id: string, seen: Seen): void {
  const { verdict, evidence, notAssessed = 0, document, remark: said } = seen;
  if (said) remarkOnce(state, `${id}: ${said}`);
  state.targets = state.targets.map((view) => {
    if (view.id !== id) return view;
    const failingSince = verdict === 'failing' ? (view.failingSince ?? Date.now()) : undefined;
    return { ...view, verdict, evidence: evidence.slice(0, 10), notAssessed, document, failingSince };
  });
  const reason = whyGroupFails(requestOf(state).verdict ?? 'any', state.targets);
  if (reason !== null) state.failure ??= { source: 'workloads', reason, by: null, at: Date.now() };
}

function ofSource(state: RunState, source: ResolvedSource): Watcher {
  const name = nameOfSource(source);
  const view = () => state.sources?.find((candidate) => candidate.name === source.name);
  return {
    name,
    known: () => view()?.verdict ?? 'progressing',
    isOver: () => source.kind === 'job' && isDecided(view()?.verdict),
    ask: (known, cursor) => askSource(state, source, { known, cursor, baseline: view()?.baseline ?? null }),
    heed: (seen) => heedSource(state, source, seen),
  };
}

/** A Job that has ended stays as it is. */
function isDecided(verdict: Verdict | null | undefined): boolean {
  return verdict === 'healthy' || verdict === 'failing';
}

interface KnownOfSource {
  readonly known: Verdict;
  readonly cursor: string | null;
  readonly baseline: number | null;
}

function askSource(
  state: RunState,
  source: ResolvedSource,
  { known, cursor, baseline }: KnownOfSource,
): Promise<SourceReport> {
  const readyAt = state.readyAt ?? Date.now();
  const since = state.deployed?.at ?? readyAt;
  const common = { run: identityOf(state), known, cursor, since };
  const options = {
    taskQueue: watchQueue,
    summary: `${nameOfSource(source)} since ${known}`,
    stretch: 'beforePivot',
  } as const;
  switch (source.kind) {
    case 'metric':
      return callActivity('watchMetrics', { ...common, source, readyAt, baseline }, options);
    case 'probe':
      return callActivity('watchProbe', { ...common, source }, options);
    case 'job':
      return askJob(state, source, known);
    default:
      return assertNever(source);
  }
}

function heedSource(state: RunState, { kind, name }: ResolvedSource, { verdict, evidence, ...seen }: Seen): void {
  changeSource(state, name, { verdict, evidence: evidence.slice(0, 10), ...keptOf(seen) });
  if (verdict !== 'failing') return;
  const reason = `${name} ${describeSeen({ evidence })}`;
  state.failure ??= { source: kind, reason, by: null, at: Date.now() };
}

/** What is told once and stays. */
function keptOf({ baseline, job, log }: Pick<Seen, 'baseline' | 'job' | 'log'>): Partial<SourceView> {
  return {
    ...(baseline === undefined ? {} : { baseline }),
    ...(job === undefined ? {} : { job }),
    ...(log === undefined ? {} : { log }),
  };
}

/** A deployer that is gone without having said "deployed" will not say it any more. */
async function watchDeployer(state: RunState): Promise<void> {
  const { deployer } = state;
  if (!deployer || state.deployed) return;
  for (;;) {
    try {
      const { status } = await callActivity('watchDeployer', deployer, {
        taskQueue: watchQueue,
        summary: deployer.workflowId,
        stretch: 'beforePivot',
      });
      if (state.deployed === null) {
        state.failure ??= {
          source: 'deployer',
          reason: `deployer ended (${status}) without "deployed"`,
          by: null,
          at: Date.now(),
        };
      }
      return;
    } catch (error) {
      if (isCancellation(error)) throw error;
      await sleep(pauseAfterFailure, { summary: 'follow the deployer again' });
    }
  }
}
