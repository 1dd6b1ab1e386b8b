import type { BatchInput, FreezeReport, ThawReport, UndoInput, VerifyInput } from '../../src/schema/activities.ts';
import type { BlockedObject, LeftObject } from '../../src/schema/outcome.ts';
import type { Owner, PauseReport, ResumeReport } from '../../src/schema/owner.ts';
import type {
  HealResult,
  Health,
  PlanSummary,
  PodToHeal,
  Snapshot,
  WriteReport,
  WriteResult,
} from '../../src/schema/plan.ts';
import type { Cancellation, Decision, Gate, ProgressNote, RestoreInput, Steps } from '../../workflows/restore/steps.ts';
import { silentSteps } from './silent-steps.ts';

const targets = ['eu', 'us'] as const;

/** What a test makes different from the happy path; each may throw. */
export interface Script {
  write?(batch: BatchInput, nth: number): WriteResult[];
  delete?(batch: BatchInput, nth: number): WriteResult[];
  undo?(batch: UndoInput): WriteResult[];
  plan?(target: string): Partial<PlanSummary>;
  quiesce?(target: string): void;
  identify?(cluster: string, nth: number): void;
  differences?(input: VerifyInput, nth: number): BlockedObject[];
  health?(target: string, nth: number): Health;
  heal?(pod: PodToHeal, nth: number): HealResult;
  owners?(target: string, nth: number): readonly Owner[];
  pause?(target: string): PauseReport;
  resume?(target: string, nth: number): ResumeReport;
  freeze?(cluster: string, nth: number): FreezeReport;
  thaw?(cluster: string, nth: number): ThawReport;
  decide?(gate: Gate, nth: number): Word;
  held?(calls: readonly string[]): Cancellation | null;
  digest?(nth: number): string;
  cancelledAt?(calls: readonly string[]): boolean;
}

/** A person's answer as they say it; what `skip` means for the steps is done here. */
export type Word = Decision | { readonly kind: 'skip'; readonly by: string; readonly left: LeftObject };

interface Said {
  left: readonly LeftObject[];
}

function takeWord(said: Said, word: Word): Decision {
  if (word.kind !== 'skip') return word;
  said.left = [...said.left, word.left];
  return { kind: 'retry', by: word.by };
}

export interface FakeSteps {
  readonly steps: Steps;
  /** Every call that matters to the world or to the journal, in order. */
  readonly calls: string[];
  readonly gates: Gate[];
  readonly notes: ProgressNote[];
}

const ref = (id: string) => ({ id, digest: id, bytes: 1 });

function snapshotOf(id: string): Snapshot {
  const byTarget = <T>(value: (target: string) => T) =>
    Object.fromEntries(targets.map((target) => [target, value(target)]));
  return {
    snapshot: ref(id),
    parts: byTarget((target) => ref(`${id}-${target}`)),
    takenAt: byTarget(() => '2026-01-01T00:00:00Z'),
    clusterIds: byTarget((target) => `uid-${target}`),
    objects: 4,
  };
}

export const restoreInput: RestoreInput = {
  run: {
    application: 'shop',
    environment: 'test',
    guardId: 'g',
    operationId: '0123456789abcdef',
    workflowId: 'belay:test/shop',
    firstRunId: 'r',
  },
  request: {
    application: 'shop',
    environment: 'test',
    revision: null,
    targets: targets.map((id) => ({
      id,
      cluster: id,
      namespace: 'shop',
      taskQueue: 'belay-work',
      watchQueue: 'belay-watch',
      lockNamespace: 'shop',
      scope: { refs: [], selector: 'app=shop', kinds: ['v1/ConfigMap'], kindsAre: 'listed' as const, exclude: [] },
    })),
    manifests: [],
    deadline: 60_000,
    bake: 1000,
    onFailure: 'rollback',
    unreachableWait: 10_000,
    readyTimeout: 60_000,
    haltTimeout: 1000,
  },
  baseline: snapshotOf('baseline'),
  before: snapshotOf('baseline'),
  windowStart: { eu: '2026-01-01T00:00:00Z', us: '2026-01-01T00:00:00Z' },
  windowEnd: null,
};

/** Two stages of one object each, and one prune. */
function planOf(target: string): PlanSummary {
  return {
    target,
    plan: ref(`plan-${target}`),
    digest: `digest-${target}`,
    counts: { noop: 1, update: 2, create: 0, recreate: 0, prune: 1, leave: 0, refuse: 0 },
    stages: [
      { stage: 'configuration', order: 4000, does: 'write', batches: [1] },
      { stage: 'workloads', order: 6000, does: 'write', batches: [1] },
      { stage: 'prune', order: 21_000, does: 'delete', batches: [1] },
    ],
    refused: [],
    left: [],
    unsettled: [],
  };
}

/** The protocol's steps in memory: everything succeeds unless the script says otherwise, and time passes by sleeping. */
export function fakeSteps(script: Script = {}): FakeSteps {
  const calls: string[] = [];
  const gates: Gate[] = [];
  const notes: ProgressNote[] = [];
  const said: Said = { left: [] };
  const clock = { now: 0 };
  const say = (...parts: unknown[]) => calls.push(parts.join(' '));
  const nthOf = (call: string) => calls.filter((one) => one === call).length;
  const batchName = (kind: string, { target, stage, batch }: BatchInput) => `${kind} ${target.id} ${stage} ${batch}`;
  const report = (target: string, results: WriteResult[]): WriteReport => ({ target, results });
  const done: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'done' }];
  const steps: Steps = {
    ...silentSteps(),
    ...readers(script, say, nthOf),
    ...ownerSteps(script, say, nthOf),
    writeBatch: async (batch) => {
      const name = batchName('write', batch);
      say(name);
      return report(batch.target.id, script.write?.(batch, nthOf(name)) ?? done);
    },
    undoBatch: async (batch) => {
      say(batchName('undo', batch));
      return report(batch.target.id, script.undo?.(batch) ?? done);
    },
    deleteBatch: async (batch) => {
      const name = batchName('delete', batch);
      say(name);
      return report(batch.target.id, script.delete?.(batch, nthOf(name)) ?? done);
    },
    haltDeployer: async () => {
      say('halt');
      return 'acknowledged';
    },
    record: async (event, step) => {
      say('record', event, step);
    },
    now: () => clock.now,
    sleep: async (duration) => {
      clock.now += duration;
      say('sleep', duration);
    },
    cancelled: () => (script.cancelledAt?.(calls) ? { by: 'mia', reason: 'changed my mind' } : null),
    held: () => script.held?.(calls) ?? null,
    left: () => said.left,
    decide: async (gate) => {
      gates.push(gate);
      return takeWord(said, script.decide?.(gate, gates.length) ?? { kind: 'abandon', by: 'mia', reason: 'enough' });
    },
    enter: (phase) => say('enter', phase),
    note: (progress) => void notes.push(progress),
  };
  return { steps, calls, gates, notes };
}

function ownerSteps(script: Script, say: Say, nthOf: (call: string) => number) {
  return {
    freezeCluster: async ({ cluster }) => {
      const name = `freeze ${cluster}`;
      say(name);
      return script.freeze?.(cluster, nthOf(name)) ?? { kind: 'frozen' };
    },
    thawCluster: async ({ cluster }) => {
      const name = `thaw ${cluster}`;
      say(name);
      return script.thaw?.(cluster, nthOf(name)) ?? { kind: 'thawed' };
    },
    findOwners: async ({ target }) => {
      const name = `owners ${target.id}`;
      say(name);
      return script.owners?.(target.id, nthOf(name)) ?? [];
    },
    pauseOwner: async ({ target, owner }) => {
      say('pause', target.id, owner.name);
      return script.pause?.(target.id) ?? { kind: 'paused' };
    },
    resumeOwner: async ({ target, owner, unclear }) => {
      const name = `resume ${target.id} ${owner.name}${unclear ? ' unclear' : ''}`;
      say(name);
      return script.resume?.(target.id, nthOf(name)) ?? { kind: 'resumed' };
    },
  } satisfies Partial<Steps>;
}

type Say = (...parts: unknown[]) => void;

function readers(script: Script, say: Say, nthOf: (call: string) => number) {
  return {
    takeSnapshot: async ({ target }) => {
      say('read', target.id);
      return {
        target: target.id,
        part: ref(`failed-${target.id}`),
        clusterId: `uid-${target.id}`,
        objects: 2,
        versions: 'v1',
        contents: 'c1',
        serverTime: '2026-01-01T00:01:00Z',
      };
    },
    identifyCluster: async ({ cluster }) => {
      const name = `identify ${cluster}`;
      say(name);
      script.identify?.(cluster, nthOf(name));
      return { cluster, clusterId: `uid-${cluster}` };
    },
    sealSnapshot: async () => {
      say('seal');
      return snapshotOf('failed');
    },
    checkSnapshot: async () => ({ kind: 'usable', snapshot: snapshotOf('baseline') }) as const,
    quiesce: async ({ target }) => {
      say('quiesce', target.id);
      script.quiesce?.(target.id);
      return { kind: 'quiet', serverTime: '2026-01-01T00:01:00Z' };
    },
    planRestore: async ({ target }) => {
      say('plan', target.id);
      return { ...planOf(target.id), ...script.plan?.(target.id) };
    },
    digestPlans: async () => {
      say('digest');
      return { digest: script.digest?.(nthOf('digest')) ?? 'd1' };
    },
    proveBatch: async ({ target, stage, batch }) => {
      say('prove', target.id, stage, batch);
      return { target: target.id, proven: 1, failed: [], deferred: [] };
    },
    verifyTarget: async (input) => {
      const name = `verify ${input.target.id} ${input.expect}`;
      say(name);
      const differences = script.differences?.(input, nthOf(name)) ?? [];
      return { target: input.target.id, equal: 2, differences, versions: 'v', contents: 'c' };
    },
    awaitHealthy: async ({ target, patience }) => {
      const name = `health ${target.id}`;
      say(name);
      const health = script.health?.(target.id, nthOf(name)) ?? { target: target.id, kind: 'healthy', objects: 2 };
      if (health.kind === 'unhealthy' && !health.heal) say('waited', patience);
      return health;
    },
    healWorkloads: async ({ target, pods }) => {
      const results = pods.map((pod): HealResult => {
        const name = `heal ${target.id} ${pod.name}`;
        say(name);
        return script.heal?.(pod, nthOf(name)) ?? { pod, kind: 'done' };
      });
      return { target: target.id, results };
    },
  } satisfies Partial<Steps>;
}
