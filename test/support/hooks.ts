import type { Activities } from '../../src/schema/activities.ts';

type Name = keyof Activities;
type Input<N extends Name> = Parameters<Activities[N]>[0];

interface Hook {
  readonly name: Name;
  matches(input: unknown): boolean;
  act(): Promise<void>;
}

/** A call of an activity, as it was seen. */
export interface SeenCall {
  readonly name: Name;
  readonly input: unknown;
}

/** Points in a run at which a test steps in: right before an activity does anything. */
export interface Hooks {
  readonly wrap: (activities: Activities) => Activities;
  /** Runs `act` once, before the first call that matches; calls of the same activity wait for it. Resolves when it has run. */
  before<N extends Name>(name: N, matches: (input: Input<N>) => boolean, act: () => Promise<void>): Promise<void>;
  /** How many calls that match there have been since then, the one at hand included. */
  count<N extends Name>(name: N, matches: (input: Input<N>) => boolean): () => number;
  /** All calls so far. */
  seen(): readonly SeenCall[];
}

export function createHooks(): Hooks {
  const waiting = new Set<Hook>();
  const running = new Map<Name, Promise<void>>();
  const seen: SeenCall[] = [];
  const meet = async (name: Name, input: unknown) => {
    const hook = [...waiting].find((candidate) => candidate.name === name && candidate.matches(input));
    if (hook) {
      waiting.delete(hook);
      running.set(
        name,
        hook.act().finally(() => running.delete(name)),
      );
    }
    await running.get(name);
  };
  return {
    wrap: (activities) => {
      const wrapped = Object.entries(activities).map(([name, run]) => [
        name,
        async (input: unknown) => {
          seen.push({ name: name as Name, input });
          await meet(name as Name, input);
          return await (run as (input: unknown) => Promise<unknown>)(input);
        },
      ]);
      return Object.fromEntries(wrapped) as Activities;
    },
    seen: () => [...seen],
    count: (name, matches) => {
      const from = seen.length;
      return () =>
        seen.slice(from).filter((call) => call.name === name && matches(call.input as Parameters<typeof matches>[0]))
          .length;
    },
    before: (name, matches, act) =>
      new Promise((resolve, reject) => {
        waiting.add({
          name,
          matches: matches as (input: unknown) => boolean,
          act: () => act().then(resolve, reject),
        });
      }),
  };
}
