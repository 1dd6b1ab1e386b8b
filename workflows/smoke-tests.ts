import { isCancellation, sleep } from '@temporalio/workflow';
import { nameOfSource } from '../src/domain/describe-source.ts';
import type { SmokeTestInput, SourceReport } from '../src/schema/activities.ts';
import type { ResolvedJob } from '../src/schema/detect.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { SourceView } from '../src/schema/status.ts';
import type { Verdict } from '../src/schema/verdict.ts';
import { callActivity } from './proxies.ts';
import { identityOf, remark, requestOf } from './run.ts';
import type { RunState } from './run-state.ts';
import { describeError } from './step-failure.ts';

const pauseBeforeAnotherTry = 5000;

/** Starts the Job until that has worked once, and watches it from then on: it is never started a second time. */
export async function askJob(state: RunState, source: ResolvedJob, known: Verdict): Promise<SourceReport> {
  const { target, input } = aboutJob(state, source);
  const uid = viewOf(state, source)?.job;
  const options = { summary: `${nameOfSource(source)} since ${known}`, stretch: 'beforePivot' } as const;
  if (typeof uid === 'string')
    return await callActivity('watchJob', { ...input, uid, known }, { ...options, taskQueue: target.watchQueue });
  if (known === 'inconclusive') await sleep(pauseBeforeAnotherTry, { summary: `${nameOfSource(source)}: start again` });
  return await callActivity('startJob', input, { ...options, taskQueue: target.taskQueue });
}

/** Also of those that nobody knows to be there: an answer may have been lost. */
export async function removeJobs(state: RunState): Promise<void> {
  if (!state.deployed) return;
  const jobs = (requestOf(state).detect ?? []).flatMap((source) => (source.kind === 'job' ? [source] : []));
  await Promise.all(jobs.map((source) => removeJob(state, source)));
}

/** What cannot be deleted holds nobody up: Kubernetes does it, an hour after it has ended. */
export async function removeJob(state: RunState, source: ResolvedJob): Promise<void> {
  if (viewOf(state, source)?.job === null) return;
  const { target, input } = aboutJob(state, source);
  const summary = `${nameOfSource(source)}: delete its Job`;
  try {
    await callActivity('removeJob', input, { taskQueue: target.taskQueue, summary, stretch: 'beforePivot' });
    changeSource(state, source.name, { job: null });
  } catch (error) {
    if (isCancellation(error)) throw error;
    remark(state, `${nameOfSource(source)}: its Job could not be deleted: ${describeError(error)}`);
  }
}

export function changeSource(state: RunState, name: string, change: Partial<SourceView>): void {
  state.sources = (state.sources ?? []).map((view) => (view.name === name ? { ...view, ...change } : view));
}

function viewOf({ sources }: RunState, { name }: ResolvedJob): SourceView | undefined {
  return sources?.find((view) => view.name === name);
}

function aboutJob(
  state: RunState,
  source: ResolvedJob,
): { readonly target: ResolvedTarget; readonly input: SmokeTestInput } {
  const target = requestOf(state).targets.find(({ id }) => id === source.target);
  const clusterId = state.before?.clusterIds[source.target];
  if (!target || clusterId === undefined) throw new Error(`no target ${source.target}`);
  return { target, input: { run: identityOf(state), target, source, clusterId } };
}
