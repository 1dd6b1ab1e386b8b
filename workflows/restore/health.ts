import { besides } from '../../src/domain/describe-not-assessed.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { Health } from '../../src/schema/plan.ts';
import { stagesOf } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { cancelOrRevert, end, go, type Next } from './next.ts';
import { type Asked, abandonment, ask, recheckEvery, stayBlocked } from './patience.ts';
import type { Gate, RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

const firstPatience = 5_000;
const longestPatience = 30_000;

/** Whose health opens the gate: of workloads alone, of what is restored before the pivot, or of everything. */
export type Judged = 'backends' | 'updates' | 'all';

/** The gate before the pivot: every target healthy, or not worse than its baseline was. */
export async function awaitHealth(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const passed = await pass(steps, input, state, 'updates', () => cancelOrRevert(steps, state));
  if (passed.kind === 'stopped') return passed.next;
  const health = await record(steps, `healthy/${state.rounds}`, passed.answers);
  return go({ ...state, phase: 'pivot', health });
}

/** The gate behind the pivot, for what was made anew and what depends on it. There is no way back from here. */
export async function settle(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const madeAnything = stagesOf(state.plans, 'behind').some(({ does }) => does === 'write');
  if (!madeAnything) return go({ ...state, phase: 'verify' });
  const passed = await pass(steps, input, state, 'all', () => null);
  if (passed.kind === 'stopped') return passed.next;
  const health = await record(steps, 'healthy/behind', passed.answers);
  return go({ ...state, phase: 'verify', health });
}

/** Before requests are sent back to them: `null` when the backends stand. */
export async function awaitBackends(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next | null> {
  const passed = await pass(steps, input, state, 'backends', () => cancelOrRevert(steps, state));
  return passed.kind === 'stopped' ? passed.next : null;
}

type Passed =
  | { readonly kind: 'healthy'; readonly answers: readonly Health[] }
  | { readonly kind: 'stopped'; readonly next: Next };

/** Not healthy in time: a person is asked, waiting goes on. */
async function pass(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  of: Judged,
  cancelled: () => Next | null,
): Promise<Passed> {
  const askPersonAt = steps.now() + input.request.deadline;
  for (let patience = firstPatience; ; patience = Math.min(longestPatience, patience * 2)) {
    const stop = cancelled();
    if (stop) return { kind: 'stopped', next: stop };
    const asked = await ask(steps, 'waiting for health', input.request.unreachableWait, () =>
      lookEverywhere(steps, input, state, { of, patience }),
    );
    if (isHealthy(asked)) return { kind: 'healthy', answers: asked.value };
    const closed = await holdUnhealthy(steps, asked, askPersonAt);
    if (closed) return { kind: 'stopped', next: end(closed) };
    steps.enter('restoring');
  }
}

type Answered = Extract<Asked<Health[]>, { kind: 'answer' }>;

function isHealthy(asked: Asked<Health[]>): asked is Answered {
  return asked.kind === 'answer' && asked.value.every((health) => health.kind !== 'unhealthy');
}

async function holdUnhealthy(steps: Steps, asked: Asked<Health[]>, askPersonAt: number): Promise<RestoreEnd | null> {
  if (asked.kind !== 'answer') return await stayBlocked(steps, `health unknown: ${asked.reason}`, []);
  return steps.now() < askPersonAt ? null : await askPerson(steps, asked.value);
}

export function lookEverywhere(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { of, patience }: { readonly of: Judged; readonly patience: number },
): Promise<Health[]> {
  return everywhere(state.plans, async ({ target: id, plan }) => {
    const target = input.request.targets.find((candidate) => candidate.id === id);
    if (!target) throw new Error(`no target ${id}`);
    const health = await steps.awaitHealthy({ run: input.run, target, request: input.request, plan, patience, of });
    if (of !== 'backends') steps.presentHealth(id, health.kind !== 'unhealthy');
    return health;
  });
}

async function record(
  steps: Steps,
  step: string,
  answers: readonly Health[],
): Promise<'healthy' | 'not worse than baseline'> {
  const health = answers.every((answer) => answer.kind === 'healthy') ? 'healthy' : 'not worse than baseline';
  await steps.record('healthy', step, { health });
  steps.note({ key: 'healthy', mark: 'done', title: 'healthy', text: answers.map(describe).join('   ') });
  return health;
}

function describe(health: Health): string {
  const how = health.kind === 'healthy' ? `${health.objects}/${health.objects}` : health.kind;
  return `${health.target} ${how}${besides(health.notAssessed)}`;
}

async function askPerson(steps: Steps, answers: readonly Health[]): Promise<RestoreEnd | null> {
  const gate: Gate = {
    kind: 'unhealthy',
    reason: 'the restored state is not healthy in time',
    objects: unhealthyObjects(answers),
  };
  const decision = await steps.decide(gate, recheckEvery);
  return abandonment(decision, gate.reason, gate.objects);
}

function unhealthyObjects(answers: readonly Health[]): BlockedObject[] {
  return answers.flatMap((health) =>
    health.kind === 'unhealthy'
      ? health.evidence.map((item) => ({
          target: health.target,
          object: item.object,
          expected: 'healthy',
          actual: item.reason,
          why: item.message,
        }))
      : [],
  );
}
