import { MockActivityEnvironment } from '@temporalio/testing';
import { expect } from 'vitest';
import type { Activities, RunIdentity, SnapshotPart } from '../../src/schema/activities.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { PlanStage, PlanSummary, Snapshot } from '../../src/schema/plan.ts';
import type { ResolvedRequest, ResolvedTarget } from '../../src/schema/resolved-request.ts';
import { clusterNames } from './engine.ts';
import type { SmallApp } from './small-app.ts';

const cluster = clusterNames[0];

export interface Site {
  readonly app: SmallApp;
  readonly run: RunIdentity;
  readonly request: ResolvedRequest;
  readonly target: ResolvedTarget;
  /** Everything any activity has answered: what would be in a workflow's history. */
  readonly answers: unknown[];
  call<Name extends keyof Activities>(name: Name, input: Parameters<Activities[Name]>[0]): ReturnType<Activities[Name]>;
}

/** Where an activity runs whose attempt was scheduled so many milliseconds ago. */
export function attempt(scheduledAgo = 0, startToCloseTimeoutMs = 10_000): MockActivityEnvironment {
  const currentAttemptScheduledTimestampMs = Date.now() - scheduledAgo;
  return new MockActivityEnvironment({ startToCloseTimeoutMs, currentAttemptScheduledTimestampMs });
}

type ScopeInput = GuardRequest['targets'][number]['scope'];

/** The activities as a workflow calls them, for one application in the first cluster. */
export async function openSiteOf(
  activities: Activities,
  app: SmallApp,
  scope: ScopeInput = { selector: `app=${app.name}` },
): Promise<Site> {
  const { name } = app;
  const answers: unknown[] = [];
  const call: Site['call'] = (activity, input) => {
    const work = activities[activity] as (argument: typeof input) => Promise<unknown>;
    const answer = attempt()
      .run(work, input)
      .then((value) => {
        answers.push(value);
        return value;
      });
    return answer as ReturnType<Activities[typeof activity]>;
  };
  const accepted = await call('resolveRequest', {
    kind: 'guard',
    workflowId: `belay:test/${name}`,
    firstRunId: 'first',
    request: {
      application: name,
      environment: 'test',
      guardId: `${name}-1`,
      targets: [{ cluster, namespace: name, scope }],
    },
  });
  const target = accepted.kind === 'accepted' ? accepted.request.targets[0] : undefined;
  if (accepted.kind !== 'accepted' || !target) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
  return { app, run: accepted.run, request: accepted.request, target, answers, call };
}

/** Twice, as the workflow does: equal versions mean that both passes saw one instant. */
export async function capture(site: Site, purpose: 'baseline' | 'state', earlier?: Snapshot): Promise<Snapshot> {
  const { run, target, request, call } = site;
  const take = (): Promise<SnapshotPart> =>
    call('takeSnapshot', { run, target, request, purpose, alsoMembersOf: earlier?.parts[target.id] ?? null });
  const [first, second] = [await take(), await take()];
  expect(second.contents).toBe(first.contents);
  return await call('sealSnapshot', { run, request, parts: [second] });
}

export async function planBack(site: Site, baseline: Snapshot): Promise<PlanSummary> {
  const { run, target, request, call } = site;
  const { clusterIds } = baseline;
  const check = await call('checkSnapshot', { run, snapshot: baseline.snapshot, clusterIds });
  expect(check).toEqual({ kind: 'usable', snapshot: baseline });
  const failed = await capture(site, 'state', baseline);
  const window = { start: baseline.takenAt[target.id] ?? '', end: failed.takenAt[target.id] ?? '' };
  return await call('planRestore', {
    run,
    target,
    request,
    baseline: baseline.snapshot,
    before: baseline.snapshot,
    failedState: failed.snapshot,
    window,
  });
}

export const batchesOf = (stages: readonly PlanStage[]) =>
  stages.flatMap(({ stage, does, batches }) => batches.map((_, batch) => ({ stage, does, batch })));

export async function carryOut(site: Site, plan: PlanSummary): Promise<void> {
  const { run, target, call } = site;
  for (const { does: _does, ...batch } of batchesOf(plan.stages)) {
    const proof = await call('proveBatch', { run, target, plan: plan.plan, ...batch, when: 'prepare' });
    expect(proof.failed).toEqual([]);
  }
  for (const { does, ...batch } of batchesOf(plan.stages)) {
    const { results } = await call(does === 'delete' ? 'deleteBatch' : 'writeBatch', {
      run,
      target,
      plan: plan.plan,
      ...batch,
    });
    expect(results.map(({ kind }) => kind)).toEqual(results.map(() => 'done'));
  }
}

export const verifyBack = ({ run, target, request, call }: Site, plan: PlanSummary) =>
  call('verifyTarget', { run, target, request, plan: plan.plan, expect: 'baseline' });
