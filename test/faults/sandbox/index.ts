import { createActivities } from '../../../activities/index.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts';
import type { Activities, RunIdentity } from '../../../src/schema/activities.ts';
import type { Snapshot } from '../../../src/schema/plan.ts';
import type { ResolvedRequest } from '../../../src/schema/resolved-request.ts';
import type { RestoreInput } from '../../../workflows/restore/steps.ts';
import { restore } from '../../../workflows/restore.ts';
import { connectDependencies } from '../../support/dependencies.ts';
import type { Effect, Trace, Trial, World } from '../trial.ts';
import { withBug } from '../with-bug.ts';
import { installOnSandbox, isInPlan, mayBeDeleted, type SandboxApplication, targets } from './application.ts';
import { withFaults } from './ports.ts';
import { beginRun, type SandboxRun } from './run.ts';
import { environmentFor, sandboxSteps } from './steps.ts';

export interface SandboxWorld {
  readonly run: World;
  close(): Promise<void>;
}

/** Writes that get no answer are given up this soon: nothing is far away here. */
const limits = { requestTimeout: 1200, pause: async () => undefined };

/** The real activities and the real adapter over pretend API servers, with faults in the way. One trial at a time. */
export async function openSandboxWorld(): Promise<SandboxWorld> {
  const sandbox = await startSandbox({ clusters: [...targets], workloads: 'off' });
  const kubeconfig = sandbox.kubeconfig('engine');
  const closing: (() => Promise<unknown>)[] = [];
  const entries = targets.map((name) => ({ name, kubeconfig, context: name }));
  const deps = await connectDependencies(entries, 'nowhere:7233', closing, limits);
  const activities = createActivities(withFaults(deps));
  return {
    run: (trial) => runOnSandbox(sandbox, activities, trial),
    close: async () => {
      for (const close of closing) await close();
      await sandbox.stop();
    },
  };
}

async function runOnSandbox(sandbox: Sandbox, activities: Activities, trial: Trial): Promise<Trace> {
  const application = await installOnSandbox(sandbox);
  const baseline = application.content();
  const call = calling(activities);
  const input = await takeBaseline(call, application);
  await application.deploy(trial.scenario);
  const turnedAway = turnAway(sandbox, application, trial);
  const giveRight = () => {
    for (const fault of turnedAway) fault.remove();
  };
  const run = beginRun(trial, { sandbox, application, giveRight });
  const marks = targets.map((target) => sandbox.cluster(target).audit().length);
  const steps = withBug(trial.bug, sandboxSteps(run, activities, input.run));
  const result = await ended(restore(steps, input));
  const atEnd = application.content();
  run.instants.push(atEnd);
  await settle(run);
  giveRight();
  return {
    trial,
    ...result,
    sites: run.meetings.sites,
    fired: trial.faults.map((fault) => run.meetings.fired.has(fault)),
    calls: run.calls,
    waits: run.waits,
    effects: targets.flatMap((target, index) => effectsIn(run, target, marks[index] ?? 0)),
    baseline,
    failed: run.failed ?? atEnd,
    instants: run.instants,
    atEnd,
    afterwards: application.content(),
    foreign: run.foreign,
    isPlanned: ({ object, did }) => isInPlan(object) && (did !== 'delete' || mayBeDeleted(object)),
    states: [],
  };
}

async function ended(run: ReturnType<typeof restore>): Promise<Pick<Trace, 'end' | 'problem'>> {
  try {
    return { end: await run, problem: null };
  } catch (error) {
    return { end: null, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Lets everything go on that was held back, and waits until nothing is under way any more. */
async function settle(run: SandboxRun): Promise<void> {
  for (const goOn of run.afterOutcome.splice(0)) goOn();
  await Promise.all(run.underWay);
  for (const repair of run.repairs) await repair();
  const isQuiet = () => targets.every((target) => run.sandbox.cluster(target).audit().every(isOver));
  for (let looks = 0; looks < 200 && !isQuiet(); looks++) await new Promise((resolve) => setTimeout(resolve, 5));
}

function isOver({ outcome }: { readonly outcome: string }): boolean {
  return outcome !== 'running';
}

type Call = <Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
) => Promise<Awaited<ReturnType<Activities[Name]>>>;

function calling(activities: Activities): Call {
  const environment = environmentFor(10_000);
  return (name, input) =>
    environment.run(activities[name] as (argument: typeof input) => Promise<never>, input) as Promise<never>;
}

async function takeBaseline(call: Call, { name }: SandboxApplication): Promise<RestoreInput> {
  const kinds = ['v1/ConfigMap', 'v1/Secret', 'v1/Service'];
  const accepted = await call('resolveRequest', {
    kind: 'guard',
    workflowId: `belay:test/${name}`,
    firstRunId: 'first',
    request: {
      application: name,
      environment: 'test',
      guardId: `${name}-1`,
      targets: targets.map((cluster) => ({ cluster, namespace: name, scope: { selector: `app=${name}`, kinds } })),
      unreachable: { wait: '10s' },
    },
  });
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
  const { run, request: resolved } = accepted;
  const { owners: _owners, ...request } = resolved;
  const baseline = await seal(call, run, request);
  return { run, request, baseline, before: baseline, windowStart: baseline.takenAt, windowEnd: null };
}

async function seal(call: Call, run: RunIdentity, request: ResolvedRequest): Promise<Snapshot> {
  const parts = await Promise.all(
    request.targets.map((target) =>
      call('takeSnapshot', { run, target, request, purpose: 'baseline', alsoMembersOf: null }),
    ),
  );
  return await call('sealSnapshot', { run, request, parts });
}

function turnAway(sandbox: Sandbox, application: SandboxApplication, { scenario }: Trial) {
  if (scenario !== 'compensate') return [];
  const match = { method: 'PUT', path: application.path('Service/web'), user: 'engine', dryRun: 'never' } as const;
  return [sandbox.cluster('us').faults.inject({ match, effect: { kind: 'respond', status: 403 } })];
}

const verbs: Readonly<Record<string, Effect['did']>> = {
  POST: 'create',
  PUT: 'update',
  DELETE: 'delete',
  PATCH: 'ownership',
};

/** What the server's own log says we did, since the run began. */
function effectsIn({ sandbox, application }: SandboxRun, target: string, since: number): readonly Effect[] {
  const entries = sandbox
    .cluster(target)
    .audit()
    .slice(since)
    .filter(({ path }) => path.includes(`/namespaces/${application.name}/`));
  const written = entries.filter(
    ({ method, status, dryRun }) => method !== 'GET' && status >= 200 && status < 300 && !dryRun,
  );
  return written.flatMap(({ user, method, resource, name, path }, index) => {
    if (user !== 'engine') return [];
    const object = nameOf(resource, name);
    const before = written
      .slice(0, index)
      .filter((one) => one.path.split('?')[0] === path.split('?')[0])
      .at(-1);
    const over = before?.userAgent === 'somebody-else' ? 'somebody else' : 'ours or the deploy';
    return [{ target, object, did: verbs[method] ?? 'update', stage: null, over, isRecorded: true }];
  });
}

const kindOf: Readonly<Record<string, string>> = { configmaps: 'ConfigMap', secrets: 'Secret', services: 'Service' };

function nameOf(resource: string, name: string): string {
  return `${kindOf[resource] ?? resource}/${name}`;
}
