import { type Healing, podsToHeal } from '../src/domain/kubernetes/heal.ts';
import { refKey, refOf } from '../src/domain/kubernetes/identity.ts';
import { healthAfterRestore } from '../src/domain/kubernetes/workloads.ts';
import { isWorkload } from '../src/domain/plan/traffic.ts';
import type { RecoverActivities } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { Health, PlanVerdict } from '../src/schema/plan.ts';
import type { Part, PlanDocument, PlanItem } from '../src/schema/stored.ts';
import { beating, rest } from './beating.ts';
import { collect, collectChildren } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { via } from './failures.ts';
import { healPods, restartPodsOf } from './heal.ts';
import { assessedIn, knownOf } from './health-knowledge.ts';
import { identify } from './identify.ts';
import { healthOf } from './members.ts';

const lookEvery = 500;

type Question = Parameters<RecoverActivities['awaitHealthy']>[0];

export function createRecoverActivities(deps: Dependencies): RecoverActivities {
  return {
    awaitHealthy: (input) => beating(() => awaitHealthy(deps, input)),
    healWorkloads: (input) => healPods(deps, input),
  };
}

/** Two healthy looks in a row count: one alone may be a status that its controller has not touched yet. */
async function awaitHealthy(deps: Dependencies, input: Question): Promise<Health> {
  const documents = documentsOf(deps.snapshots);
  const plan = await documents.plan(input.plan);
  const baseline = await documents.partOf(plan.baseline, input.target.id);
  const until = performance.now() + input.patience;
  let before: Health['kind'] = 'unhealthy';
  for (;;) {
    const health = await look(deps, input, plan, baseline);
    if (health.heal || (health.kind !== 'unhealthy' && before === health.kind)) return health;
    if (performance.now() >= until && health.kind === 'unhealthy') return health;
    before = health.kind;
    await rest(lookEvery);
  }
}

async function look(deps: Dependencies, input: Question, plan: PlanDocument, baseline: Part): Promise<Health> {
  const { target, request, of } = input;
  const cluster = await via('cluster', async () => deps.clusters(target.cluster));
  const { serverTime } = await identify(cluster, baseline);
  const isAssessed = assessedIn(request);
  const earlier = baseline.members.map(({ ref }) => ref).filter(isAssessed);
  const [collection, children] = await Promise.all([
    collect({
      cluster,
      target,
      releases: deps.releases,
      request: { ...request, manifests: [] },
      earlier,
      onlyKinds: isAssessed,
    }),
    collectChildren(cluster, target.namespace),
  ]);
  const counted = membersToJudge(plan, of);
  const members = collection.members.map(({ object }) => object).filter((object) => counted.has(refKey(refOf(object))));
  const health = healthAfterRestore({
    members,
    children,
    baseline: healthOf(baseline),
    now: Date.parse(serverTime),
    known: await knownOf(deps, { cluster, request, members }),
  });
  const healing = input.heal && healingOf(input, input.heal, { plan, baseline, members, children });
  const about = { target: target.id, notAssessed: health.notAssessed, ...staleIn(target.id, healing) };
  if (healing && healing.evidence.length > 0) {
    const evidence = health.kind === 'unhealthy' ? [...healing.evidence, ...health.evidence] : healing.evidence;
    return { ...about, kind: 'unhealthy', evidence: evidence.slice(0, 10), ...nowOf(healing) };
  }
  return health.kind === 'healthy'
    ? { ...about, kind: 'healthy', objects: health.current }
    : { ...about, kind: health.kind, evidence: health.evidence.slice(0, 10) };
}

interface Restored {
  readonly plan: PlanDocument;
  readonly baseline: Part;
  readonly members: readonly KubeObject[];
  readonly children: readonly KubeObject[];
}

const writing: ReadonlySet<PlanVerdict> = new Set(['update', 'create', 'recreate']);

function healingOf(
  { request }: Question,
  { readers }: Required<Question>['heal'],
  { plan, baseline, members, children }: Restored,
): Healing {
  const written = plan.items.filter(({ verdict }) => writing.has(verdict)).map(({ ref }) => refKey(ref));
  return podsToHeal({
    members,
    children,
    readers,
    written: new Set(written),
    since: baseline.serverTime,
    baseline: healthOf(baseline),
    restartPods: restartPodsOf(request),
  });
}

function staleIn(target: string, healing: Healing | undefined): Pick<Health, 'stale'> {
  if (!healing || healing.stale.length === 0) return {};
  return { stale: healing.stale.map((one) => ({ target, ...one })) };
}

/** Enough for one round; the others are found again in the next one. */
const mostAtOnce = 20;

function nowOf({ pods }: Healing): Pick<Health, 'heal'> {
  return pods.length === 0 ? {} : { heal: pods.slice(0, mostAtOnce) };
}

/** The failed deploy's own additions are still there before the pivot; their health is no part of the restored state's. */
function membersToJudge(plan: PlanDocument, of: Question['of']): ReadonlySet<string> {
  const isDue = (item: PlanItem) => of === 'all' || item.pivot === 'before';
  const isAsked = (item: PlanItem) => of !== 'backends' || isWorkload(item.ref);
  const own = plan.items.filter((item) => item.baseline !== null && isDue(item) && isAsked(item));
  return new Set(own.map((item) => refKey(item.ref)));
}
