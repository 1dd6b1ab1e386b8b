import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { describeEvidence } from '../src/domain/describe-evidence.ts';
import { besidesAll } from '../src/domain/describe-not-assessed.ts';
import { foldHealthySince, type GuardDecision, judgeGuard } from '../src/domain/judge-guard.ts';
import type { WatchReport } from '../src/schema/activities.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import { watchQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { enter, forget, identityOf, isHistoryFull, note, record, remark, remarkOnce, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';

/** How a guard's watch ended; `history full` asks for a fresh run, and all watchers have returned by then. */
export type Watched = Exclude<GuardDecision, { kind: 'wait' }> | { readonly kind: 'history full' };

const pauseAfterFailure = 5000;

/** Watches every target and the deployer, and listens, until something is decided. */
export async function watch(state: RunState): Promise<Watched> {
  let watchers = startWatchers(state);
  const startOver = async () => {
    await watchers.stop();
    // Before they start: a watcher answers only what differs from the verdict it was called with.
    state.targets = state.targets.map((target) => ({ ...target, verdict: null, evidence: [] }));
    watchers = startWatchers(state);
  };
  const decision = await decideGuard(state, startOver);
  await watchers.stop();
  return decision;
}

function startWatchers(state: RunState): { stop(): Promise<void> } {
  const scope = new CancellationScope({ cancellable: true });
  const running = scope.run(() =>
    Promise.all([...requestOf(state).targets.map((target) => watchTarget(state, target)), watchDeployer(state)]),
  );
  running.catch(() => undefined);
  return {
    stop: async () => {
      scope.cancel();
      await running.catch(() => undefined);
    },
  };
}

async function decideGuard(state: RunState, startOver: () => Promise<void>): Promise<Watched> {
  for (;;) {
    if (state.deployed && state.phase === 'guarding') await noteDeployed(state, startOver);
    fold(state);
    const decision = judgeGuard(factsOf(state), Date.now());
    if (decision.kind !== 'wait') return decision;
    if (isHistoryFull()) return { kind: 'history full' };
    const seen = fingerprint(state);
    const timeout = Math.max(1, decision.until - Date.now());
    await condition(() => fingerprint(state) !== seen || isHistoryFull(), timeout, { summary: decision.waitingFor });
  }
}

/** What was healthy before the deploy says nothing about it: every target is looked at anew from here on. */
async function noteDeployed(state: RunState, startOver: () => Promise<void>): Promise<void> {
  enter(state, 'watching');
  note(state, { key: 'deployed', mark: 'done', title: 'deployed', text: state.deployed?.revision ?? '' });
  await startOver();
  await record(state, 'deployed', 'deployed', { revision: state.deployed?.revision ?? null });
}

function fold(state: RunState): void {
  const verdicts = verdictsOf(state);
  const before = state.healthySince;
  state.healthySince = foldHealthySince(
    { deployedAt: state.deployed?.at ?? null, healthySince: before, verdicts },
    Date.now(),
  );
  if (before !== null && state.healthySince === null) forget(state, 'bake');
  if (before === null && state.healthySince !== null) {
    const text = `in every target${besidesAll(state.targets)}; kept after ${requestOf(state).bake / 1000} s without a change`;
    note(state, { key: 'bake', mark: 'running', title: 'healthy', text });
  }
}

function verdictsOf(state: RunState) {
  return state.targets.map((target) => target.verdict ?? 'progressing');
}

function factsOf(state: RunState) {
  const { deadline, bake } = requestOf(state);
  return {
    readyAt: state.readyAt ?? Date.now(),
    deadline,
    bake,
    deployedAt: state.deployed?.at ?? null,
    healthySince: state.healthySince,
    verdicts: verdictsOf(state),
    failure: state.failure,
    promotedBy: state.promotedBy,
    cancel: state.cancel,
    superseded: state.superseded,
  };
}

/** Everything `judgeGuard` looks at: when none of it moved, there is nothing new to judge. */
function fingerprint(state: RunState): string {
  return JSON.stringify({ ...factsOf(state), readyAt: 0 });
}

async function watchTarget(state: RunState, target: ResolvedTarget): Promise<void> {
  let cursor: string | null = null;
  for (;;) {
    const report = await askWatcher(state, target, cursor);
    cursor = report?.cursor ?? cursor;
    if (report) heed(state, target, report);
    else await sleep(pauseAfterFailure, { summary: `${target.id}: watch again` });
  }
}

async function askWatcher(state: RunState, target: ResolvedTarget, cursor: string | null): Promise<WatchReport | null> {
  const baseline = state.before?.parts[target.id];
  if (!baseline) throw new Error(`no baseline of ${target.id}`);
  const known = verdictOf(state, target.id);
  const deployedFor = state.deployed === null ? null : Date.now() - state.deployed.at;
  const input = { run: identityOf(state), target, request: requestOf(state), baseline, known, cursor, deployedFor };
  try {
    return await callActivity('watchWorkloads', input, {
      taskQueue: target.watchQueue,
      summary: `${target.id} since ${known}`,
      stretch: 'beforePivot',
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    showVerdict(state, target.id, { verdict: 'inconclusive', evidence: [] });
    remark(state, `${target.id}: cannot be watched: ${String(error)}`);
    return null;
  }
}

function verdictOf(state: RunState, id: string) {
  return state.targets.find((view) => view.id === id)?.verdict ?? 'progressing';
}

/** The first failing target is the failure's cause; what comes later is evidence. */
function heed(state: RunState, target: ResolvedTarget, report: WatchReport): void {
  showVerdict(state, target.id, report);
  if (report.remark) remarkOnce(state, `${target.id}: ${report.remark}`);
  if (report.verdict !== 'failing' || state.failure) return;
  const reason = describeEvidence(target.id, report.evidence[0]);
  state.failure = { source: 'workloads', reason, by: null, at: Date.now() };
}

function showVerdict(
  state: RunState,
  id: string,
  { verdict, evidence, notAssessed = 0 }: Pick<WatchReport, 'verdict' | 'evidence' | 'notAssessed'>,
): void {
  state.targets = state.targets.map((view) =>
    view.id === id ? { ...view, verdict, evidence: evidence.slice(0, 10), notAssessed } : view,
  );
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
