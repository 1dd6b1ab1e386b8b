import { milliseconds } from '../src/domain/durations.ts';
import { ruleProblems } from '../src/domain/kubernetes/health-rules.ts';
import { pauseRules } from '../src/domain/owners/pause.ts';
import { resolveSources } from '../src/domain/resolve-sources.ts';
import { resolveTargets } from '../src/domain/resolve-targets.ts';
import { unfinishedRun } from '../src/domain/unfinished-run.ts';
import type { Expressions } from '../src/ports/expressions.ts';
import type { RequestActivities, Resolution, ResolveInput } from '../src/schema/activities.ts';
import {
  defaultScopeKinds,
  guardRequestSchema,
  type ParsedRequest,
  requestDefaults,
} from '../src/schema/guard-spec.ts';
import type { JournalRecord } from '../src/schema/journal.ts';
import type { RunResult } from '../src/schema/outcome.ts';
import type { ResolvedRequest, ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { Dependencies } from './dependencies.ts';
import { fail, via } from './failures.ts';
import { resolveRollback } from './rollback-request.ts';
import { identityOf } from './run-identity.ts';
import { inheritedBaseline, supersededDeploys } from './superseded.ts';
import { rejectUnfinished } from './unfinished.ts';

/** The first activity of every run: checks the request and puts every default into history. */
export function createRequestActivities(deps: Dependencies): RequestActivities {
  return {
    resolveRequest: async (input) => {
      if (input.kind !== 'guard') return await resolveRollback(deps, input);
      const request = parseRequest(input.request);
      rejectUnknownClusters(request, deps.settings);
      rejectBadExpressions(request, deps.expressions);
      rejectUnmeasurable(request, deps.metrics);
      const name = { application: request.application, environment: request.environment };
      const records = await via('journal', () => deps.journal.read(name));
      const ended = endedResult(records, request.guardId);
      if (ended) return { kind: 'ended', result: ended };
      rejectUnfinished(unfinishedRun(records));
      return await accept(deps, input, request, records);
    },
  };
}

async function accept(
  deps: Dependencies,
  input: ResolveInput,
  request: ParsedRequest,
  records: readonly JournalRecord[],
): Promise<Resolution> {
  return {
    kind: 'accepted',
    run: { ...identityOf(input, request), storeId: await via('store', () => deps.snapshots.id()) },
    request: resolve(request, deps.settings),
    baseline: inheritedBaseline(records),
    deploy: supersededDeploys(records),
  };
}

function parseRequest(request: unknown): ParsedRequest {
  if (typeof request === 'object' && request !== null && 'undecodable' in request)
    throw fail('RequestRejected', `request: its payload could not be decoded (${String(request.undecodable)})`);
  const parsed = guardRequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw fail('RequestRejected', problems.join('; '));
}

function rejectUnknownClusters(request: ParsedRequest, settings: Dependencies['settings']): void {
  const unknown = request.targets.map(({ cluster }) => cluster).filter((cluster) => !(cluster in settings));
  if (unknown.length === 0) return;
  const known = Object.keys(settings).join(', ') || 'none';
  throw fail(
    'RequestRejected',
    `targets: unknown cluster ${unknown.join(', ')}; this worker knows ${known}; add it to clusters in belay.yaml`,
  );
}

function rejectBadExpressions({ health }: ParsedRequest, { problemWith }: Expressions): void {
  const problems = ruleProblems(health ?? [], problemWith).map(
    ({ index, field, problem }) => `health.${index}.${field}: ${problem}; write a CEL condition over "object"`,
  );
  if (problems.length > 0) throw fail('RequestRejected', problems.join('; '));
}

function rejectUnmeasurable({ detect = [] }: ParsedRequest, metrics: Dependencies['metrics']): void {
  const index = detect.findIndex(({ metric }) => metric !== undefined);
  if (metrics !== null || index === -1) return;
  throw fail(
    'RequestRejected',
    `detect.${index}.metric: this worker knows no provider of metrics; set metrics.prometheus.url in belay.yaml`,
  );
}

function resolve(request: ParsedRequest, settings: Dependencies['settings']): ResolvedRequest {
  const targets = resolveTargets(request.targets, settings, {
    kinds: defaultScopeKinds,
    closure: requestDefaults.closure,
    // Where owners are paused, their pauses are neither a difference nor put back.
    ignore: request.owners === 'pause' ? pauseRules : [],
  });
  return {
    application: request.application,
    environment: request.environment,
    revision: request.revision ?? null,
    targets,
    manifests: request.manifests ?? [],
    health: request.health ?? [],
    consent: request.consent ?? [],
    recover: { restartPods: request.recover?.restartPods ?? requestDefaults.restartPods },
    dependsOn: request.dependsOn ?? [],
    ...watchingOf(request, targets),
    onFailure: request.onFailure ?? requestDefaults.onFailure,
    owners: request.owners ?? requestDefaults.owners,
    ...(request.freeze ? { freeze: request.freeze } : {}),
    ...policiesOf(request),
  };
}

/** What is watched, and for how long. */
function watchingOf(request: ParsedRequest, targets: readonly ResolvedTarget[]) {
  const duration = (name: 'deadline' | 'bake' | 'readyTimeout' | 'haltTimeout') =>
    milliseconds(request[name] ?? requestDefaults[name]);
  return {
    detect: resolveSources(request.detect ?? [], targets),
    verdict: request.verdict ?? requestDefaults.verdict,
    deadline: duration('deadline'),
    bake: duration('bake'),
    readyTimeout: duration('readyTimeout'),
    haltTimeout: duration('haltTimeout'),
  };
}

/** What a rollback does when it cannot go on by itself. */
function policiesOf({ onFailedWrite, onUnhealthy, unreachable }: ParsedRequest) {
  return {
    onFailedWrite: onFailedWrite ?? requestDefaults.onFailedWrite,
    onUnhealthy: onUnhealthy ?? requestDefaults.onUnhealthy,
    unreachableWait: milliseconds(unreachable?.wait ?? requestDefaults.unreachableWait),
    unreachableThen: unreachable?.then ?? requestDefaults.unreachableThen,
  };
}

/** A deploy workflow that was reset or retried asks again with the same guardId: it is answered, nothing is started. */
function endedResult(records: readonly JournalRecord[], guardId: string): RunResult | null {
  const record = records.findLast((candidate) => candidate.event === 'outcome' && candidate.guardId === guardId);
  return record ? (record.data as unknown as RunResult) : null;
}
