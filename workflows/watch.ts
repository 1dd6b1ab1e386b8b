import { condition } from '@temporalio/workflow';
import { besidesAll } from '../src/domain/describe-not-assessed.ts';
import { nameOfSource } from '../src/domain/describe-source.ts';
import {
  describeHealthy,
  foldHealthySince,
  type GuardDecision,
  type GuardFacts,
  judgeGuard,
} from '../src/domain/judge-guard.ts';
import { closeGate, decide } from './decide.ts';
import { lookForWordEvery } from './restore/patience.ts';
import type { Gate } from './restore/steps.ts';
import { enter, forget, isHistoryFull, note, record, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';
import { removeJobs } from './smoke-tests.ts';
import { startWatchers } from './watchers.ts';

/** How a guard's watch ended; `history full` asks for a fresh run, and all watchers have returned by then. */
export type Watched =
  | Exclude<GuardDecision, { kind: 'wait' | 'unanswered' | 'failed' }>
  /** `released`: a person has let the restore begin already. */
  | (Extract<GuardDecision, { kind: 'failed' }> & { readonly released?: true })
  /** A person leaves the deploy as it is, although nobody can tell how it is. */
  | { readonly kind: 'held'; readonly by: string; readonly reason: string }
  | { readonly kind: 'history full' };

/** Watches targets, other sources and the deployer, and listens, until something is decided. */
export async function watch(state: RunState): Promise<Watched> {
  let watchers = startWatchers(state);
  const startOver = async () => {
    await watchers.stop();
    // Before they start: a watcher answers only what differs from the verdict it was called with.
    state.targets = state.targets.map((target) => ({
      ...target,
      verdict: null,
      evidence: [],
      failingSince: undefined,
    }));
    state.sources = (state.sources ?? []).map((source) => ({ ...source, verdict: null, evidence: [] }));
    watchers = startWatchers(state);
  };
  const decision = await decideGuard(state, startOver);
  await watchers.stop();
  if (decision.kind !== 'history full') await removeJobs(state);
  if (decision.kind === 'failed') state.failure ??= decision.failure;
  return decision;
}

async function decideGuard(state: RunState, startOver: () => Promise<void>): Promise<Watched> {
  for (;;) {
    if (state.deployed && state.phase === 'guarding') await noteDeployed(state, startOver);
    fold(state);
    const watched = await act(state, judgeGuard(factsOf(state), Date.now()));
    if (watched) return watched;
  }
}

/** `null`: there is something new to judge. */
async function act(state: RunState, decision: GuardDecision): Promise<Watched | null> {
  if (decision.kind !== 'unanswered') closeQuestion(state);
  switch (decision.kind) {
    case 'unanswered':
      return isHistoryFull() ? { kind: 'history full' } : await askPerson(state, decision.reason);
    case 'wait':
      return isHistoryFull() ? { kind: 'history full' } : await somethingNewBy(state, decision);
    default:
      return decision;
  }
}

async function somethingNewBy(
  state: RunState,
  { until, waitingFor }: Extract<GuardDecision, { kind: 'wait' }>,
): Promise<null> {
  await condition(somethingNew(state), Math.max(1, until - Date.now()), { summary: waitingFor });
  return null;
}

/** Everything `judgeGuard` looks at: when none of it moved, there is nothing new to judge. */
function somethingNew(state: RunState): () => boolean {
  const fingerprint = () => JSON.stringify({ ...factsOf(state), readyAt: 0, isAsked: false });
  const seen = fingerprint();
  return () => fingerprint() !== seen || isHistoryFull();
}

/** Watching goes on meanwhile: an answer that comes after all is as good as a person's. */
async function askPerson(state: RunState, reason: string): Promise<Watched | null> {
  if (requestOf(state).onFailure === 'observe') return failedFor(reason, null);
  const gate: Gate = { kind: 'hold', reason, objects: [], choices: ['resume', 'accept'] };
  const decision = await decide(state, gate, lookForWordEvery, somethingNew(state));
  switch (decision.kind) {
    case 'accept':
      return { kind: 'held', by: decision.by, reason: `accepted by ${decision.by}: ${decision.reason}` };
    case 'resume':
      return { ...failedFor(`${reason}; ${decision.reason}`, decision.by), released: true };
    default:
      return null;
  }
}

function failedFor(reason: string, by: string | null): Extract<Watched, { kind: 'failed' }> {
  return { kind: 'failed', failure: { source: 'deadline', reason, by, at: Date.now() } };
}

/** What was asked is decided, or is no question any more. */
function closeQuestion(state: RunState): void {
  if (state.wait?.kind !== 'hold') return;
  const { from } = state.wait;
  closeGate(state, 'no person has to decide');
  enter(state, from);
}

/** What was healthy before the deploy says nothing about it: every target is looked at anew from here on. */
async function noteDeployed(state: RunState, startOver: () => Promise<void>): Promise<void> {
  enter(state, 'watching');
  note(state, { key: 'deployed', mark: 'done', title: 'deployed', text: state.deployed?.revision ?? '' });
  await startOver();
  await record(state, 'deployed', 'deployed', { revision: state.deployed?.revision ?? null });
}

function fold(state: RunState): void {
  const facts = factsOf(state);
  const before = state.healthySince;
  state.healthySince = foldHealthySince(facts, Date.now());
  if (state.healthySince !== null) state.firstHealthyAt ??= state.healthySince;
  if (before !== null && state.healthySince === null) forget(state, 'bake');
  if (before === null && state.healthySince !== null) {
    const seen = `${describeHealthy(facts)}${besidesAll(state.targets)}`;
    const text = `${seen}; kept after ${facts.bake / 1000} s without a change`;
    note(state, { key: 'bake', mark: 'running', title: 'healthy', text });
  }
}

function factsOf(state: RunState): GuardFacts {
  const { deadline, bake, verdict: rule = 'any' } = requestOf(state);
  return {
    readyAt: state.readyAt ?? Date.now(),
    deadline,
    bake,
    deployedAt: state.deployed?.at ?? null,
    healthySince: state.healthySince,
    firstHealthyAt: state.firstHealthyAt ?? null,
    rule,
    targets: state.targets.map(({ id, verdict }) => ({ name: id, verdict: verdict ?? 'progressing' })),
    sources: (state.sources ?? []).map((source) => ({
      name: nameOfSource(source),
      verdict: source.verdict ?? 'progressing',
    })),
    isAsked: state.wait?.kind === 'hold',
    failure: state.failure,
    promotedBy: state.promotedBy,
    cancel: state.cancel,
    superseded: state.superseded,
  };
}
