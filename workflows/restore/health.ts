import { besides } from '../../src/domain/describe-not-assessed.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { Health } from '../../src/schema/plan.ts';
import { everywhere } from './everywhere.ts';
import { cancelOrRevert, end, go, type Next } from './next.ts';
import { type Asked, abandonment, ask, recheckEvery, stayBlocked } from './patience.ts';
import type { Gate, RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

const firstPatience = 5_000;
const longestPatience = 30_000;

/** Waits until every target is healthy, or not worse than its baseline was. Not in time: a person is asked, waiting goes on. */
export async function awaitHealth(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const askPersonAt = steps.now() + input.request.deadline;
  for (let patience = firstPatience; ; patience = Math.min(longestPatience, patience * 2)) {
    const cancelled = cancelOrRevert(steps, state);
    if (cancelled) return cancelled;
    const asked = await ask(steps, 'waiting for health', input.request.unreachableWait, () =>
      lookEverywhere(steps, input, state, patience),
    );
    if (isHealthy(asked)) return await recordHealthy(steps, state, asked.value);
    const closed = await holdUnhealthy(steps, asked, askPersonAt);
    if (closed) return end(closed);
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

function lookEverywhere(steps: Steps, input: RestoreInput, state: RestoreState, patience: number): Promise<Health[]> {
  return everywhere(state.plans, async ({ target: id, plan }) => {
    const target = input.request.targets.find((candidate) => candidate.id === id);
    if (!target) throw new Error(`no target ${id}`);
    const health = await steps.awaitHealthy({ run: input.run, target, request: input.request, plan, patience });
    steps.presentHealth(id, health.kind !== 'unhealthy');
    return health;
  });
}

async function recordHealthy(steps: Steps, state: RestoreState, answers: readonly Health[]): Promise<Next> {
  const health = answers.every((answer) => answer.kind === 'healthy') ? 'healthy' : 'not worse than baseline';
  await steps.record('healthy', `healthy/${state.rounds}`, { health });
  steps.note({ key: 'healthy', mark: 'done', title: 'healthy', text: answers.map(describe).join('   ') });
  return go({ ...state, phase: 'pivot', health });
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
