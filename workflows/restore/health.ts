import { besides } from '../../src/domain/describe-not-assessed.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { Health } from '../../src/schema/plan.ts';
import { stagesOf } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { type HealRound, heal, noteHealed, nothingHealed } from './heal.ts';
import { cancelOrRevert, end, go, type Next } from './next.ts';
import { type Asked, abandonment, ask, recheckEvery, stayBlocked } from './patience.ts';
import type { Gate, RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

const firstPatience = 5_000;
const longestPatience = 30_000;
/** Budgets count again when a pod has become ready: in seconds, not minutes. */
const pauseBetweenRounds = 5_000;

/** Whose health opens the gate: of workloads alone, of what is restored before the pivot, or of everything. */
export type Judged = 'backends' | 'updates' | 'all';

/** The gate before the pivot: every target healthy, or not worse than its baseline was. */
export async function awaitHealth(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const passed = await pass(steps, input, state, 'updates', () => cancelOrRevert(steps, state));
  if (passed.kind === 'stopped') return passed.next;
  const health = await record(steps, `healthy/${state.rounds}`, passed.answers);
  return go({ ...state, ...staleIn(passed.answers), phase: 'pivot', health });
}

/** The gate behind the pivot, for what was made anew and what depends on it. There is no way back from here. */
export async function settle(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const madeAnything = stagesOf(state.plans, 'behind').some(({ does }) => does === 'write');
  if (!madeAnything) return go({ ...state, phase: 'verify' });
  const passed = await pass(steps, input, state, 'all', () => null);
  if (passed.kind === 'stopped') return passed.next;
  const health = await record(steps, 'healthy/behind', passed.answers);
  return go({ ...state, ...staleIn(passed.answers), phase: 'verify', health });
}

/** Before requests are sent back to them: `null` when the backends stand. */
export async function awaitBackends(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next | null> {
  const passed = await pass(steps, input, state, 'backends', () => cancelOrRevert(steps, state));
  return passed.kind === 'stopped' ? passed.next : null;
}

type Passed =
  | { readonly kind: 'healthy'; readonly answers: readonly Health[] }
  | { readonly kind: 'stopped'; readonly next: Next };

function staleIn(answers: readonly Health[]): Pick<RestoreState, 'stale'> {
  const stale = answers.flatMap((answer) => answer.stale ?? []);
  return stale.length > 0 ? { stale } : {};
}

/** Heals what is in the way of health. Not healthy in time: a person is asked, waiting goes on. */
async function pass(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  of: Judged,
  cancelled: () => Next | null,
): Promise<Passed> {
  const healed = nothingHealed();
  let askPersonAt = steps.now() + input.request.deadline;
  for (let patience = firstPatience; ; patience = Math.min(longestPatience, patience * 2)) {
    const stop = cancelled();
    if (stop) return { kind: 'stopped', next: stop };
    const asked = await ask(steps, 'waiting for health', input.request.unreachableWait, () =>
      lookEverywhere(steps, input, state, { of, patience, heals: 'heal' }),
    );
    const answers = answersIn(asked);
    if (isHealthy(asked)) {
      noteHealed(steps, healed);
      return { kind: 'healthy', answers };
    }
    const round = await heal(steps, input, state, answers, healed);
    // Each pod that goes buys the others as much time as there was for all.
    if (round.kind === 'moved') askPersonAt = steps.now() + input.request.deadline;
    const closed = await holdUnhealthy(steps, asked, round, askPersonAt);
    if (closed) return { kind: 'stopped', next: end(closed) };
    steps.enter('restoring');
  }
}

function answersIn(asked: Asked<Health[]>): readonly Health[] {
  return asked.kind === 'answer' ? asked.value : [];
}

function isHealthy(asked: Asked<Health[]>): boolean {
  return asked.kind === 'answer' && asked.value.every((health) => health.kind !== 'unhealthy');
}

async function holdUnhealthy(
  steps: Steps,
  asked: Asked<Health[]>,
  round: HealRound,
  askPersonAt: number,
): Promise<RestoreEnd | null> {
  if (asked.kind !== 'answer') return await stayBlocked(steps, `health unknown: ${asked.reason}`, []);
  if (steps.now() >= askPersonAt) return await askPerson(steps, [...round.open, ...unhealthyObjects(asked.value)]);
  // Where pods are to be healed the look answers at once.
  if (round.kind === 'stuck') await steps.sleep(pauseBetweenRounds, 'a pod may not go yet: ask again');
  return null;
}

export function lookEverywhere(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { of, patience, heals }: { readonly of: Judged; readonly patience: number; readonly heals?: 'heal' },
): Promise<Health[]> {
  return everywhere(state.plans, async ({ target: id, plan }) => {
    const target = input.request.targets.find((candidate) => candidate.id === id);
    if (!target) throw new Error(`no target ${id}`);
    const healing = heals ? { heal: { readers: state.readers?.[id] ?? [] } } : {};
    const question = { run: input.run, target, request: input.request, plan, patience, of, ...healing };
    const health = await steps.awaitHealthy(question);
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

async function askPerson(steps: Steps, objects: readonly BlockedObject[]): Promise<RestoreEnd | null> {
  const gate: Gate = {
    kind: 'unhealthy',
    reason: 'the restored state is not healthy in time',
    objects,
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
