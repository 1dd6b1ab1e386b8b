import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { HealReport, HealResult, Health, PodToHeal, WriteReport } from '../../src/schema/plan.ts';
import { targetNamed } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { askOnce } from './patience.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';

/** Keeps who had read the configuration that was put back. */
export function withReaders(
  { readers: known = {} }: Pick<RestoreState, 'readers'>,
  reports: readonly WriteReport[],
): Pick<RestoreState, 'readers'> {
  const found = reports.filter(({ readers }) => readers !== undefined);
  if (found.length === 0) return {};
  const all = { ...known };
  for (const { target, readers = [] } of found) all[target] = [...(all[target] ?? []), ...readers];
  return { readers: all };
}

/** What has been said about healing in one wait for health. */
export interface Healed {
  /** Pods that the journal knows of, by uid. */
  readonly known: Set<string>;
  readonly gone: Map<string, string[]>;
}

export function nothingHealed(): Healed {
  return { known: new Set(), gone: new Map() };
}

export interface HealRound {
  /** `moved`: a pod is gone, look again at once. `stuck`: none may go now. `none`: there is nothing to do. */
  readonly kind: 'none' | 'moved' | 'stuck';
  /** What could not be let go, for a person. */
  readonly open: readonly BlockedObject[];
}

/** Lets go what the looks at health have named. The journal knows of a pod before anything is asked for it. */
export async function heal(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  answers: readonly Health[],
  healed: Healed,
): Promise<HealRound> {
  const orders = answers.flatMap(({ target, heal: pods }) => (pods ? [{ target, pods }] : []));
  if (orders.length === 0) return { kind: 'none', open: [] };
  await announce(steps, state, orders, healed);
  const reports = await everywhere(orders, (order) => letGo(steps, input, order));
  for (const { target, results } of reports) {
    const names = results.filter(({ kind }) => kind !== 'open').map(({ pod }) => pod.name);
    healed.gone.set(target, [...(healed.gone.get(target) ?? []), ...names]);
  }
  const moved = reports.some(({ results }) => results.some(({ kind }) => kind !== 'open'));
  const open = reports.flatMap(({ target, results }) => results.flatMap((result) => blockedBy(target, result)));
  return { kind: moved ? 'moved' : 'stuck', open };
}

interface Order {
  readonly target: string;
  readonly pods: readonly PodToHeal[];
}

async function announce(steps: Steps, state: RestoreState, orders: readonly Order[], healed: Healed): Promise<void> {
  const news = orders.flatMap(({ target, pods }) =>
    pods.filter(({ uid }) => !healed.known.has(uid)).map((pod) => ({ target, pod })),
  );
  if (news.length === 0) return;
  const step = `healing/${state.phase}/${state.rounds}/${state.stage}/${news.length}/${news[0]?.pod.uid}`;
  for (const { pod } of news) healed.known.add(pod.uid);
  const text = news.map(({ target, pod }) => `${target} ${pod.name} ${pod.why}`).join('   ');
  steps.note({ key: 'healing', mark: 'running', title: 'replacing pods', text });
  await steps.record('healing', step, { pods: news.map(({ target, pod }) => ({ target, ...pod })) });
}

async function letGo(steps: Steps, input: RestoreInput, { target: id, pods }: Order): Promise<HealReport> {
  const target = targetNamed(input, id);
  const asked = await askOnce(() => steps.healWorkloads({ run: input.run, target, pods }));
  if (asked.kind === 'answer') return asked.value;
  return { target: id, results: pods.map((pod): HealResult => ({ pod, kind: 'open', reason: asked.reason })) };
}

function blockedBy(target: string, result: HealResult): BlockedObject[] {
  if (result.kind !== 'open') return [];
  const { pod, reason } = result;
  return [{ target, object: `Pod/${pod.name}`, expected: 'made anew', actual: pod.why, why: reason }];
}

export function noteHealed(steps: Steps, { gone }: Healed): void {
  const parts = [...gone].filter(([, names]) => names.length > 0);
  if (parts.length === 0) return;
  const text = parts.map(([target, names]) => `${target} ${names.join(', ')}`).join('   ');
  steps.note({ key: 'healing', mark: 'done', title: 'pods replaced', text });
}
