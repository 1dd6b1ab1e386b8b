import { Context, getClient } from '@temporalio/activity';
import { refKey } from '../src/domain/kubernetes/identity.ts';
import { type WorkloadsSeen, workloadVerdict } from '../src/domain/kubernetes/workloads.ts';
import type { LiveCluster } from '../src/ports/live-cluster.ts';
import type { DetectActivities, WatchInput, WatchReport } from '../src/schema/activities.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { ResolvedRequest, ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { EvidenceDocument, Part } from '../src/schema/stored.ts';
import type { Evidence, Verdict } from '../src/schema/verdict.ts';
import { beating, rest } from './beating.ts';
import { collect, collectChildren } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { via } from './failures.ts';
import { assessedIn, knownOf } from './health-knowledge.ts';
import { identify } from './identify.ts';
import { healthOf } from './members.ts';
import { silenceAfter } from './silence.ts';

/** Many objects change together in a rollout; one look is enough for what comes within this time. */
const looksApart = 40;
/** Rules depend on time, too; where all is well, there is little that time alone could bring about. */
const lookEvery = { healthy: 5000, otherwise: 1000 } as const;

export function createDetectActivities(deps: Dependencies): Pick<DetectActivities, 'watchWorkloads' | 'watchDeployer'> {
  return {
    watchWorkloads: (input) => beating(() => watch(deps, input)),
    watchDeployer: ({ workflowId, runId }) => beating(() => followDeployer(workflowId, runId)),
  };
}

interface Look {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  readonly notAssessed: number;
  readonly serverTime: string | null;
}

/** Looks at once when anything changes, on what its watches hold: looking costs no requests. */
async function watch(deps: Dependencies, input: WatchInput): Promise<WatchReport> {
  const baseline = await documentsOf(deps.snapshots).part(input.baseline);
  const cluster = await via('cluster', async () => deps.live(input.target.cluster));
  try {
    return await watchOver(deps, input, { cluster, baseline });
  } finally {
    cluster.close();
  }
}

interface Watched {
  readonly cluster: LiveCluster;
  readonly baseline: Part;
}

async function watchOver(deps: Dependencies, input: WatchInput, watched: Watched): Promise<WatchReport> {
  const { cancellationSignal } = Context.current();
  const { cluster } = watched;
  const sinceDeployed = stopwatch(input.deployedFor ?? null);
  let silentSince: number | null = null;
  for (;;) {
    const since: number = silentSince ?? performance.now();
    const seen = await look(deps, { ...input, deployedFor: sinceDeployed() }, watched).catch((error: unknown) =>
      unlessSilent(error, since),
    );
    silentSince = seen?.serverTime ? null : since;
    if (seen && isNews(input, seen)) return await reportOf(deps, input, { ...seen, unwatched: cluster.unwatched() });
    await rest(looksApart);
    await cluster.changed(lookEvery[seen?.verdict === 'healthy' ? 'healthy' : 'otherwise'], cancellationSignal);
  }
}

interface News extends Look {
  readonly unwatched: readonly string[];
}

async function reportOf(deps: Dependencies, input: WatchInput, { unwatched, ...seen }: News): Promise<WatchReport> {
  const document = seen.verdict === 'failing' ? await keepEvidence(deps, input, seen) : undefined;
  return {
    target: input.target.id,
    cursor: cursorOf(seen),
    ...seen,
    evidence: seen.evidence.slice(0, shown),
    ...(document ? { document } : {}),
    ...(unwatched[0] ? { remark: `a right is missing, so it is listed instead: ${unwatched[0]}` } : {}),
  };
}

/** What a report carries; all of it is stored. */
const shown = 10;
/** A store that does not answer must not hold a failure back. */
const storePatience = 500;

async function keepEvidence({ snapshots }: Dependencies, { target }: WatchInput, seen: Look): Promise<Ref | undefined> {
  const { id, cluster, namespace } = target;
  const { serverTime: seenAt, evidence } = seen;
  const document: EvidenceDocument = { version: 1, target: id, cluster, namespace, seenAt, evidence };
  const stored = snapshots.putDocument('evidence', document).catch(() => undefined);
  return await Promise.race([stored, rest(storePatience).then(() => undefined)]);
}

/** Only failing evidence is told again when it changes: progress would fill the history. */
function isNews({ known, cursor }: WatchInput, seen: Look): boolean {
  return seen.verdict !== known || (seen.verdict === 'failing' && cursorOf(seen) !== cursor);
}

function cursorOf({ verdict, evidence }: Look): string {
  return JSON.stringify([verdict, evidence.slice(0, shown).map((item) => `${item.object} ${item.reason}`)]).slice(
    0,
    1000,
  );
}

function unlessSilent(error: unknown, since: number): Look | null {
  if (Context.current().cancellationSignal.aborted) throw error;
  if (performance.now() - since < silenceAfter) return null;
  const message = error instanceof Error ? error.message : String(error);
  return {
    verdict: 'inconclusive',
    evidence: [{ object: 'cluster', reason: 'Unreachable', message }],
    notAssessed: 0,
    serverTime: null,
  };
}

/** Counts on from there. Only spans go from one clock to another: the worker's and the cluster's may differ. */
function stopwatch(from: number | null): () => number | null {
  const started = performance.now();
  return () => (from === null ? null : from + performance.now() - started);
}

async function look(
  deps: Dependencies,
  { target, request, deployedFor = null }: WatchInput,
  { cluster, baseline }: Watched,
): Promise<Look> {
  const isAssessed = assessedIn(request);
  const earlier = baseline.members.map(({ ref }) => ref).filter(isAssessed);
  const identity = await identify(cluster, baseline);
  const [collection, children] = await Promise.all([
    collect({
      cluster,
      target,
      releases: deps.releases,
      request: { ...request, manifests: request.manifests.filter(isAssessed) },
      earlier,
      onlyKinds: isAssessed,
    }),
    collectChildren(cluster, target.namespace),
  ]);
  const members = collection.members.map(({ object }) => object);
  const now = Date.parse(identity.serverTime);
  const { verdict, evidence, notAssessed } = judge({
    members,
    children,
    baseline: healthOf(baseline),
    now,
    deployedAt: deployedFor === null ? null : now - deployedFor,
    known: await knownOf(deps, { cluster, request, members }),
  });
  const missing = collection.absent.some(isExpectedIn(target, request)) && verdict === 'healthy';
  return {
    verdict: missing ? 'progressing' : verdict,
    evidence: verdict === 'failing' ? evidence.map((one) => ({ since: identity.serverTime, ...one })) : evidence,
    notAssessed,
    serverTime: identity.serverTime,
  };
}

/** What a deploy takes away on purpose is not missing: only what the scope or the manifests name has to be there. */
function isExpectedIn(target: ResolvedTarget, { manifests }: ResolvedRequest): (ref: ObjectRef) => boolean {
  const here = (ref: ObjectRef) => refKey({ ...ref, namespace: ref.namespace ?? target.namespace });
  const expected = new Set([...target.scope.refs, ...manifests].flatMap((ref) => [refKey(ref), here(ref)]));
  return (ref) => expected.has(refKey(ref));
}

/** Plain data needs no health: a scope of nothing else is healthy as soon as it is there. */
function judge(seen: WorkloadsSeen): Pick<Look, 'verdict' | 'evidence' | 'notAssessed'> {
  if (seen.members.length === 0) return { verdict: 'healthy', evidence: [], notAssessed: 0 };
  return workloadVerdict(seen);
}

const followEvery = 1000;

/** Follows the whole chain of the deployer's run: continued as new or retried, it is still deploying. */
async function followDeployer(workflowId: string, runId: string): Promise<{ status: string }> {
  const chain = await firstRunOf(workflowId, runId);
  for (;;) {
    const latest = await getClient().workflow.getHandle(workflowId).describe();
    const another = latest.raw.workflowExecutionInfo?.firstRunId !== chain;
    if (another || latest.status.name !== 'RUNNING') return { status: another ? 'REPLACED' : latest.status.name };
    await rest(followEvery);
  }
}

async function firstRunOf(workflowId: string, runId: string): Promise<string | null | undefined> {
  const run = await getClient().workflow.getHandle(workflowId, runId).describe();
  return run.raw.workflowExecutionInfo?.firstRunId;
}
