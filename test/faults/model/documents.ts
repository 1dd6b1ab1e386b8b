import type { PlanStage } from '../../../src/schema/plan.ts';
import type { Stored } from './clusters.ts';
import { type Caller, request } from './requests.ts';

/** What one pass has read of one target. */
export interface Part {
  readonly target: string;
  readonly objects: Readonly<Record<string, Stored>>;
}

/** A target's plan as it is kept. */
export interface Plan {
  readonly items: readonly Item[];
  readonly stages: readonly (Omit<PlanStage, 'batches'> & { readonly items: readonly Item[] })[];
}

export interface Item {
  readonly object: string;
  readonly verdict: 'noop' | 'update' | 'create' | 'recreate' | 'prune';
  readonly baseline: Stored | null;
  readonly failed: Stored | null;
}

/** Writes a document once; the same id again changes nothing. */
export async function keep(caller: Caller, id: string, document: unknown): Promise<string> {
  const { documents } = caller.world;
  await request(caller, { does: 'store', object: id, effect: () => void documents.set(id, document) });
  return id;
}

export async function recall<T>(caller: Caller, id: string): Promise<T> {
  const { documents } = caller.world;
  return await request(caller, { does: 'store', object: id, effect: () => documents.get(id) as T });
}
