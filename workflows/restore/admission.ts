import type { FreezeInput } from '../../src/schema/activities.ts';
import type { BlockedObject, LeftObject } from '../../src/schema/outcome.ts';
import type { ResolvedTarget } from '../../src/schema/resolved-request.ts';
import { everywhere } from './everywhere.ts';
import { awaitsWord, cancelOrRevert, go, type Next, refused } from './next.ts';
import { ask, askOnce, beforeFirstWrite, insistOnUndoing, whyNotUndone } from './patience.ts';
import type { RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

/** As long as a request may be on its way when its writer has ended. */
const lateness = 3000;

/**
 * Where the request asks for it, nobody else may write from here to the outcome. In the journal and in the state before
 * it is sent; nothing is frozen for a restore that a person may not let begin.
 */
export async function freezeAdmission(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const policy = input.request.freeze;
  if (policy === undefined || awaitsWord(steps, input, state)) return go({ ...state, phase: 'quiesce' });
  const places = placesOf(input);
  const clusters = places.map(({ cluster }) => cluster);
  await steps.record('freezing', `freezing/${state.rounds}`, { clusters });
  const asked = await ask(steps, 'freezing', input.request.unreachableWait, () =>
    everywhere(places, (place) => steps.freezeCluster(place)),
  );
  // Whatever the answers say, a request may have landed, or may still.
  const frozen: RestoreState = { ...state, frozen: { clusters, since: steps.now() } };
  const cancelled = cancelOrRevert(steps, frozen);
  if (cancelled) return { ...cancelled, state: frozen };
  const why = asked.kind === 'answer' ? impossibleIn(asked.value) : beforeFirstWrite(asked);
  if (why !== null && policy === 'required') return { ...refused(`not frozen: ${why}`), state: frozen };
  const text = why === null ? clusters.join('   ') : `not frozen, going on without: ${why}`;
  steps.note({ key: 'frozen', mark: why === null ? 'done' : 'warning', title: 'frozen', text });
  return go({ ...frozen, phase: 'quiesce' });
}

function impossibleIn(reports: Awaited<ReturnType<Steps['freezeCluster']>>[]): string | null {
  const reasons = reports.flatMap((report) => (report.kind === 'impossible' ? [report.reason] : []));
  return reasons.length > 0 ? reasons.join('; ') : null;
}

/** One per cluster, for all its targets. */
function placesOf({ run, request: { targets } }: RestoreInput): readonly FreezeInput[] {
  return [...new Set(targets.map(({ cluster }) => cluster))].map((cluster) => {
    const own = targets.filter((target) => target.cluster === cluster);
    return { run, cluster, namespaces: own.map(({ namespace }) => namespace) };
  });
}

/** Everybody may write again before the run ends, however it ends; blocked, visibly, until that is seen. */
export async function thawAdmission(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  end: RestoreEnd,
): Promise<RestoreEnd> {
  if (!state.frozen) return end;
  const { clusters, since } = state.frozen;
  const places = placesOf(input).filter(({ cluster }) => clusters.includes(cluster));
  await outlast(steps, since);
  const said = { again: 'still frozen: try again', reason: `${end.outcome}, but still frozen` };
  const closed = await insistOnUndoing(steps, said, () => everywhere(places, (place) => thaw(steps, input, place)));
  if (closed) return closed;
  await steps.record('thawed', 'thawed', { clusters });
  return end;
}

/** Where others may not write still, as an outcome lists it that nobody has thawed for. */
export function leftFrozen(targets: readonly ResolvedTarget[], { frozen }: RestoreState): readonly LeftObject[] {
  const reason =
    'others may not be able to write here until "belay lock break" or whoever recovers the run takes it away';
  return (frozen?.clusters ?? []).map((cluster) => ({
    target: firstTargetIn(targets, cluster),
    object: binding,
    reason,
  }));
}

async function outlast(steps: Steps, since: number): Promise<void> {
  const rest = since + lateness - steps.now();
  if (rest > 0) await steps.sleep(rest, 'a freeze without an answer may be on its way');
}

/** `null`: whoever may write can. */
async function thaw(steps: Steps, input: RestoreInput, place: FreezeInput): Promise<BlockedObject | null> {
  const asked = await askOnce(() => steps.thawCluster(place));
  const why = whyNotUndone(asked);
  if (why === null) return null;
  const target = firstTargetIn(input.request.targets, place.cluster);
  return { target, object: binding, expected: 'gone', actual: 'not known to be gone', why };
}

const binding = 'ValidatingAdmissionPolicyBinding';

/** One freeze is for all targets of a cluster. */
function firstTargetIn(targets: readonly ResolvedTarget[], name: string): string {
  return targets.find(({ cluster }) => cluster === name)?.id ?? name;
}
