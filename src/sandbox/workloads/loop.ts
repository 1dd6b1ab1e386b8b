import type { JsonObject } from '../json.ts';
import { nameOf, namespaceOf } from '../meta.ts';
import type { ClusterState } from '../state.ts';
import { ApiError } from '../status-errors.ts';
import type { Timers } from '../timers.ts';

/** What a controller runs on. */
export interface Ground {
  readonly state: ClusterState;
  readonly timers: Timers;
  /** Real ms until a controller looks at a change; a burst of changes is looked at once. */
  readonly settle: number;
  /** DaemonSets run on each, all else on the first. */
  readonly nodes: readonly string[];
}

export interface Loop {
  /** Looks at a key, at once or after simulated ms. */
  enqueue(key: string, after?: number): void;
}

export interface LoopPlan {
  /** For each table whose changes matter: the keys to look at. */
  readonly watches: Readonly<Record<string, (object: JsonObject) => readonly string[]>>;
  reconcile(key: string, loop: Loop): void;
}

const RETRY_MS = 100;

/** Looks at everything that exists, then at whatever changes. */
export function startLoop(ground: Ground, plan: LoopPlan): Loop {
  const queued = new Set<string>();
  const loop: Loop = {
    enqueue: (key, after) => {
      if (after !== undefined) ground.timers.later(after, () => loop.enqueue(key));
      else if (!queued.has(key)) {
        queued.add(key);
        ground.timers.later(ground.settle, () => run(key));
      }
    },
  };
  const run = (key: string) => {
    queued.delete(key);
    tryReconcile(plan, key, loop);
  };
  ground.state.store.subscribe(({ table, object }) => offer(plan, loop, table, object));
  for (const { table, object } of ground.state.store.all()) offer(plan, loop, table, object);
  return loop;
}

function offer(plan: LoopPlan, loop: Loop, table: string, object: JsonObject): void {
  for (const key of plan.watches[table]?.(object) ?? []) loop.enqueue(key);
}

/** Runs an action that may be refused; the refusal is thrown once what it led to is reported. */
export function reporting(action: () => void, report: (refusal: ApiError | undefined) => void): void {
  let refusal: ApiError | undefined;
  try {
    action();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refusal = error;
  }
  report(refusal);
  if (refusal !== undefined) throw refusal;
}

/** A refused write (a namespace on its way out, say) is tried again later; any other error is a bug and surfaces. */
function tryReconcile(plan: LoopPlan, key: string, loop: Loop): void {
  try {
    plan.reconcile(key, loop);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    loop.enqueue(key, RETRY_MS);
  }
}

export const keyOf = (object: JsonObject): string => `${namespaceOf(object)}/${nameOf(object)}`;

export const ownKey = (object: JsonObject): readonly string[] => [keyOf(object)];

export function splitKey(key: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}
