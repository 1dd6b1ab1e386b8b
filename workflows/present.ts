import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { commandsFor } from '../src/domain/choices.ts';
import { counted } from '../src/domain/counted.ts';
import { besides } from '../src/domain/describe-not-assessed.ts';
import { describeSeen, nameOfSource } from '../src/domain/describe-source.ts';
import { isTold } from '../src/domain/is-told.ts';
import { describeFailure } from '../src/domain/judge-guard.ts';
import { describeCounts } from '../src/domain/plan-counts.ts';
import type { Phase } from '../src/schema/outcome.ts';
import type { ProgressLine } from '../src/schema/progress.ts';
import type { OpenDecision, SourceView, StatusView, TargetView } from '../src/schema/status.ts';
import { mayHold, type RunState } from './run-state.ts';

const keys = {
  application: defineSearchAttributeKey('BelayApplication', 'KEYWORD'),
  environment: defineSearchAttributeKey('BelayEnvironment', 'KEYWORD'),
  phase: defineSearchAttributeKey('BelayPhase', 'KEYWORD'),
  outcome: defineSearchAttributeKey('BelayOutcome', 'KEYWORD'),
  needsHuman: defineSearchAttributeKey('BelayNeedsHuman', 'BOOL'),
  clusters: defineSearchAttributeKey('BelayClusters', 'KEYWORD_LIST'),
};

/** Shows the state where a person looks: the current details, and the search attributes when they have changed. */
export function present(state: RunState): void {
  setCurrentDetails(detailsOf(state));
  const shown = workflowInfo().typedSearchAttributes;
  const phase: string = state.result ? 'closed' : state.phase;
  const outcome = state.result?.outcome ?? (state.decision ? state.ending?.outcome : null) ?? null;
  if (shown.get(keys.phase) === phase && (shown.get(keys.outcome) ?? null) === outcome) return;
  upsertSearchAttributes([
    { key: keys.application, value: state.application },
    { key: keys.environment, value: state.environment },
    { key: keys.phase, value: phase },
    { key: keys.needsHuman, value: state.decision !== null && state.result === null },
    { key: keys.clusters, value: [...new Set(state.targets.map((target) => target.cluster))] },
    ...(outcome === null ? [] : [{ key: keys.outcome, value: outcome }]),
  ]);
}

/** For runs that belong to no application. */
export function presentNeed(needsHuman: boolean): void {
  upsertSearchAttributes([{ key: keys.needsHuman, value: needsHuman }]);
}

export function viewOf(state: RunState): StatusView {
  const snapshot = (taken: RunState['baseline']) => (taken ? { id: taken.snapshot.id, objects: taken.objects } : null);
  return {
    type: state.type,
    application: state.application,
    environment: state.environment,
    guardId: state.guardId,
    operationId: state.run?.operationId ?? null,
    revision: state.deployed?.revision ?? state.revision,
    phase: state.phase,
    targets: state.targets,
    sources: state.sources ?? [],
    baseline: snapshot(state.baseline),
    failedState: snapshot(state.restore?.failedState ?? null),
    failure: state.failure
      ? { source: state.failure.source, reason: state.failure.reason, at: new Date(state.failure.at).toISOString() }
      : null,
    progress: state.progress,
    timeline: state.timeline,
    decision: state.decision,
    held: state.held,
    mayHold: mayHold(state),
    ending: state.ending ? { outcome: state.ending.outcome, reason: state.ending.reason } : null,
    journal: state.journal,
    result: state.result,
  };
}

/** Markdown for Temporal UI: where things stand, per cluster, and what a person may do next. */
function detailsOf(state: RunState): string {
  return [
    `### ${headline(state)}`,
    `**Next:** ${nextAction(state)}`,
    state.failure ? `**Failed:** ${describeFailure(state.failure)}` : '',
    state.decision ? decisionText(state, state.decision) : '',
    targetTable(state.targets),
    sourceTable(state.sources ?? []),
    stepTable(state.progress.filter((line) => !saidAbove(state, line))),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .slice(0, 15_000);
}

/** These lines are shown above in words of their own. */
function saidAbove(state: RunState, { key }: ProgressLine): boolean {
  return key === 'failed' || key === 'outcome' || (key === 'waiting' && state.decision !== null);
}

const mark = { running: '…', done: '✔', warning: '!', failed: '✖' } as const;

function headline(state: RunState): string {
  const name = `${state.application} · ${state.environment}`;
  if (state.result) return `${name}: ${state.result.outcome}`;
  return state.ending && state.decision
    ? `${name}: ${state.ending.outcome}, ${state.phase}`
    : `${name}: ${state.phase}`;
}

const hardSpace = '\u00a0';
const gap = hardSpace.repeat(2);
const wordJoiner = '\u2060';

/** A bar or a line break in a message from a cluster would end the cell. */
function oneLine(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

/** Temporal UI draws cells without any padding: two hard spaces keep neighbours apart. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => `${oneLine(cell)}${gap}`).join(' | ')} |`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  return [row(heads), `|${' :--- |'.repeat(heads.length)}`, ...rows.map(row)].join('\n');
}

function targetTable(targets: readonly TargetView[]): string {
  const heads = ['target', 'deploy', 'plan', 'written', 'healthy', 'verified'];
  const rows = targets.map((target) => [
    target.id,
    target.verdict ? `${target.verdict}${besides(target.notAssessed)}` : '–',
    target.plan ? describeCounts(target.plan) : '–',
    written(target),
    yesNo(target.healthy),
    yesNo(target.verified),
  ]);
  return table(heads, rows);
}

function sourceTable(sources: readonly SourceView[]): string {
  const rows = sources.map((source) => [nameOfSource(source), source.verdict ?? '–', describeSeen(source)]);
  return table(['beside the workloads', 'deploy', 'why'], rows);
}

/**
 * What a terminal sets apart by wide gaps gets a dot, since markdown makes one blank of them. The UI draws `5/5` as a
 * fraction unless something invisible stands in it.
 */
function stepTable(progress: readonly ProgressLine[]): string {
  const rows = progress.map((line) => [
    `${mark[line.mark]}${hardSpace}**${line.title.replaceAll(' ', hardSpace)}**`,
    line.text.replaceAll(/ {3,}/g, `${hardSpace}· `).replaceAll(/(?<=\d\/)(?=\d)/g, wordJoiner),
  ]);
  return table(['step', 'what was seen'], rows);
}

function written(target: TargetView): string {
  return target.written ? `${target.written.done}/${target.written.of}` : '–';
}

function yesNo(value: boolean | null): string {
  if (value === null) return '–';
  return value ? 'yes' : 'no';
}

const longestList = 20;

function decisionText(state: RunState, decision: OpenDecision): string {
  const objects = decision.objects
    .slice(0, longestList)
    .map(
      (object) =>
        `- \`${object.target}/${object.object}\`: expected ${object.expected}, is ${object.actual} (${object.why})`,
    );
  const more = decision.objects.length > longestList ? [`- and ${decision.objects.length - longestList} more`] : [];
  // A person copies these: what stands in brackets would be taken for HTML.
  const choices = commandsFor(state, decision).map(
    ({ command, does }) => `- \`${command.replaceAll(/[<>]/g, '')}\`: ${does}`,
  );
  const title = `**Waiting for a person (${decision.kind}) since ${decision.since}:** ${decision.reason}`;
  const reminded =
    decision.reminders > 0 ? `Reminded ${counted(decision.reminders, 'time')}; nothing is decided by waiting.` : '';
  return [title, reminded, '', ...objects, ...more, '', 'What you may do:', '', ...choices].join('\n');
}

const nextActions: Readonly<Record<Phase, string>> = {
  preparing: 'none; the deploy waits for "ready".',
  guarding: 'none; the deploy is running. `promote` keeps it, `cancel` ends the guard, `requestRollback` undoes it.',
  watching:
    'none; health is watched. `promote` keeps it now, `requestRollback` undoes it, `hold` keeps a restore waiting.',
  halting: 'none; the deployer is being stopped.',
  restoring: 'none; the baseline is being restored.',
  reverting: 'none; the failed state is being written back.',
  'waiting(hold)':
    'a person: let the restore begin, or leave the failed deploy as it is. Nothing is written until then.',
  'waiting(approve)': 'a person: look at the plan (`belay plan`) and approve it. Nothing is written until then.',
  'waiting(unhealthy)': 'a person: resolve. Health is still being looked at; if it comes, the run goes on by itself.',
  'waiting(blocked)': 'a person: remove the cause (the run looks again by itself), or resolve.',
};

function nextAction(state: RunState): string {
  if (!state.result) return `${nextActions[state.phase]}${heldText(state)}`;
  const { reason } = state.result;
  return isTold(state.progress, reason) ? 'none.' : `none; ${reason}`;
}

function heldText({ held, decision }: RunState): string {
  return held && decision?.kind !== 'hold' ? ` Held by ${held.by}: nothing is restored before \`resume\`.` : '';
}
