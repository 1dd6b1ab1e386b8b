import { besides } from '../../src/domain/describe-not-assessed.ts';
import type { BlockedObject, RestoredHealth } from '../../src/schema/outcome.ts';
import type { Health } from '../../src/schema/plan.ts';
import { stagesOf, targetNamed } from './batches.ts';
import { offer } from './choices.ts';
import { everywhere } from './everywhere.ts';
import { type Healed, type HealRound, heal, noteHealed, nothingHealed } from './heal.ts';
import { cancelOrRevert, compensate, end, go, type Next } from './next.ts';
import { type Asked, ask, patience, recheckEvery } from './patience.ts';
import type { Gate, RestoreInput, RestoreState, Steps } from './steps.ts';
import { decided, onSilence, stayInTrouble } from './trouble.ts';
import { describeDifferences } from './verify.ts';

const firstPatience = 5_000;
const longestPatience = 30_000;
/** Budgets count again when a pod has become ready: in seconds, not minutes. */
const pauseBetweenRounds = 5_000;

/** Whose health opens the gate: of workloads alone, of what is restored before the pivot, or of everything. */
export type Judged = 'backends' | 'updates' | 'all';

/** The gate before the pivot: every target healthy, or not worse than its baseline was. */
export async function awaitHealth(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const passed = await pass(steps, input, state, 'updates');
  if (passed.kind === 'stopped') return passed.next;
  const health = await record(steps, `healthy/${state.rounds}`, passed);
  return go({ ...state, ...staleIn(passed.answers), phase: 'pivot', health });
}

/**
 * The gate behind the pivot, for what was made anew and what depends on it. There is no way back from here, and no
 * policy speaks for a person.
 */
export async function settle(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const madeAnything = stagesOf(state.plans, 'behind').some(({ does }) => does === 'write');
  if (!madeAnything) return go({ ...state, phase: 'verify' });
  const passed = await pass(steps, input, state, 'all');
  if (passed.kind === 'stopped') return passed.next;
  const health = await record(steps, 'healthy/behind', passed);
  return go({ ...state, ...staleIn(passed.answers), phase: 'verify', health });
}

/** Before requests are sent back to them: `null` when the backends stand. */
export async function awaitBackends(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next | null> {
  const passed = await pass(steps, input, state, 'backends');
  return passed.kind === 'stopped' ? passed.next : null;
}

interface Open {
  readonly kind: 'open';
  readonly answers: readonly Health[];
  /** Who took it although it is not healthy: a person, or `policy`. */
  readonly acceptedBy: string | null;
}

type Passed = Open | { readonly kind: 'stopped'; readonly next: Next };

function staleIn(answers: readonly Health[]): Pick<RestoreState, 'stale'> {
  const stale = answers.flatMap((answer) => answer.stale ?? []);
  return stale.length > 0 ? { stale } : {};
}

/** Heals what is in the way of health. Not healthy in time: the policy decides, or a person, and waiting goes on. */
async function pass(steps: Steps, input: RestoreInput, state: RestoreState, of: Judged): Promise<Passed> {
  const healed = nothingHealed();
  let lateAt = steps.now() + patience(steps, input.request.deadline);
  for (let look = firstPatience; ; look = Math.min(longestPatience, look * 2)) {
    const cancelled = of === 'all' ? null : cancelOrRevert(steps, state);
    if (cancelled) return { kind: 'stopped', next: cancelled };
    const asked = await ask(steps, 'waiting for health', input.request.unreachableWait, () =>
      lookEverywhere(steps, input, state, { of, patience: look, heals: 'heal' }),
    );
    const round = await heal(steps, input, state, answersIn(asked), healed);
    // Each pod that goes buys the others as much time as there was for all.
    if (round.kind === 'moved') lateAt = steps.now() + input.request.deadline;
    const passed = await judge(steps, { input, state, of, lateAt }, asked, round);
    if (passed) return leave(steps, healed, passed);
  }
}

function leave(steps: Steps, healed: Healed, passed: Passed): Passed {
  if (passed.kind === 'open') noteHealed(steps, healed);
  // A gate that a person was asked at is open now.
  steps.enter('restoring');
  return passed;
}

function open(answers: readonly Health[], acceptedBy: string | null = null): Open {
  return { kind: 'open', answers, acceptedBy };
}

function answersIn(asked: Asked<Health[]>): readonly Health[] {
  return asked.kind === 'answer' ? asked.value : [];
}

interface Waiting {
  readonly input: RestoreInput;
  readonly state: RestoreState;
  readonly of: Judged;
  readonly lateAt: number;
}

/** `null`: look again. */
async function judge(steps: Steps, waiting: Waiting, asked: Asked<Health[]>, round: HealRound): Promise<Passed | null> {
  if (asked.kind !== 'answer') return await staySilent(steps, waiting, `health unknown: ${asked.reason}`);
  if (asked.value.every(({ kind }) => kind !== 'unhealthy')) return open(asked.value);
  if (steps.now() >= waiting.lateAt) return await stayUnhealthy(steps, waiting, asked.value, round);
  // Where pods are to be healed the look answers at once.
  if (round.kind === 'stuck') await steps.sleep(pauseBetweenRounds, 'a pod may not go yet: ask again');
  return null;
}

async function staySilent(steps: Steps, { input, state, of }: Waiting, reason: string): Promise<Passed | null> {
  if (of !== 'all') return stopped(await onSilence(steps, input, state, { reason, objects: [] }));
  const closed = await stayInTrouble(steps, input, state, { reason, objects: [] });
  return stopped(closed && end(closed));
}

function stopped(next: Next | null): Passed | null {
  return next && { kind: 'stopped', next };
}

async function stayUnhealthy(
  steps: Steps,
  { input: { request }, state, of }: Waiting,
  answers: readonly Health[],
  round: HealRound,
): Promise<Passed | null> {
  const policy = of === 'all' ? 'hold' : request.onUnhealthy;
  const reason = 'the restored state is not healthy in time';
  const objects = [...round.open, ...unhealthyObjects(answers)];
  if (policy === 'accept') return open(answers, 'policy');
  if (policy === 'revert') return stopped(compensate(state, `${reason}: ${describeDifferences(objects)}`));
  // Every object is what it should be; before the pivot it may still be taken back, if anything was written.
  const mayRevert = of !== 'all' && state.attempts.length > 0;
  const gate: Gate = { kind: 'unhealthy', reason, objects, ...offer(mayRevert ? ['revert', 'accept'] : ['accept']) };
  const decision = await steps.decide(gate, recheckEvery);
  return decision.kind === 'accept' ? open(answers, decision.by) : stopped(decided(state, gate, decision));
}

export function lookEverywhere(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { of, patience: wait, heals }: { readonly of: Judged; readonly patience: number; readonly heals?: 'heal' },
): Promise<Health[]> {
  return everywhere(state.plans, async ({ target: id, plan }) => {
    const target = targetNamed(input, id);
    const healing = heals ? { heal: { readers: state.readers?.[id] ?? [] } } : {};
    const question = { run: input.run, target, request: input.request, plan, patience: wait, of, ...healing };
    const health = await steps.awaitHealthy(question);
    if (of !== 'backends') steps.presentHealth(id, health.kind !== 'unhealthy');
    return health;
  });
}

async function record(steps: Steps, step: string, { answers, acceptedBy }: Open): Promise<RestoredHealth> {
  const health = acceptedBy === null ? healthIn(answers) : (`accepted by ${acceptedBy}` as const);
  await steps.record('healthy', step, { health });
  const seen = answers.map(describe).join('   ');
  const text = acceptedBy === null ? seen : `${seen}; ${health}`;
  steps.note({ key: 'healthy', mark: acceptedBy === null ? 'done' : 'failed', title: 'healthy', text });
  return health;
}

function healthIn(answers: readonly Health[]): RestoredHealth {
  return answers.every((answer) => answer.kind === 'healthy') ? 'healthy' : 'not worse than baseline';
}

function describe(health: Health): string {
  const how = health.kind === 'healthy' ? `${health.objects}/${health.objects}` : health.kind;
  return `${health.target} ${how}${besides(health.notAssessed)}`;
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
