import { ApplicationFailure } from '@temporalio/common';
import { log, setCurrentDetails } from '@temporalio/workflow';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { KeptStore, TerminatedRun } from '../src/schema/activities.ts';
import { workQueue } from './messages.ts';
import { presentNeed } from './present.ts';
import { callActivity } from './proxies.ts';
import { stepFailureOf } from './step-failure.ts';

/** By schedule: finds runs that were ended from outside, and says so where people look. Changes nothing in a cluster. */
export async function keepStore(): Promise<KeptStore> {
  const kept = await look();
  const unfinished = kept.terminated.filter(({ hasBegun }) => hasBegun);
  presentNeed(unfinished.length > 0 || kept.problems.length > 0);
  setCurrentDetails(detailsOf(kept));
  for (const run of unfinished) log.warn(sentence(run));
  for (const problem of kept.problems) log.warn(problem);
  return kept;
}

async function look(): Promise<KeptStore> {
  try {
    return await callActivity('findTerminatedRuns', {}, { taskQueue: workQueue, summary: '', stretch: 'afterPivot' });
  } catch (error) {
    const failure = stepFailureOf(error);
    throw failure instanceof StepFailure ? ApplicationFailure.nonRetryable(failure.message, failure.type) : failure;
  }
}

function detailsOf({ applications, terminated, problems }: KeptStore): string {
  const lines = [...terminated.map(sentence), ...problems].map((line) => `- ${line}`);
  return [`${applications} journals read.`, '', ...lines].join('\n').slice(0, 15_000);
}

function sentence({ environment, application, closedAt, during, hasBegun }: TerminatedRun): string {
  const name = `${environment}/${application}`;
  const what = `the run of ${name} was ended from outside at ${closedAt} while ${during}`;
  if (!hasBegun) return `${what}; nothing of it was changed by then`;
  return `${what}: \`belay rollback ${name} --recover --by you --reason why\` finishes it`;
}
