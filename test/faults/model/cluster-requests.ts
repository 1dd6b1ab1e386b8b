import { isPortError } from '../../../src/ports/port-error.ts';
import type { IdentifiedCluster } from '../../../src/schema/activities.ts';
import type { Verb } from '../fault.ts';
import type { Effect } from '../trial.ts';
import { isTurnedAway } from './application.ts';
import { contentOf, type Fence, type ModelCluster, problem, type Stored } from './clusters.ts';
import { type Caller, request } from './requests.ts';
import { clusterOf } from './world.ts';

/** The requests that activities send to a cluster, each open to faults and noted when it changes something. */

export async function identify(caller: Caller): Promise<IdentifiedCluster> {
  const cluster = caller.target;
  return await request(caller, {
    does: 'read',
    object: 'identity',
    effect: () => ({ cluster, clusterId: `uid-${cluster}` }),
  });
}

export function list(caller: Caller): Promise<Readonly<Record<string, Stored>>> {
  const effect = () => Object.fromEntries(readable(caller).objects);
  return request(caller, { does: 'read', object: '*', effect: () => cachedBy(caller, effect()) });
}

export function get(caller: Caller, object: string): Promise<Stored | undefined> {
  return request(caller, { does: 'read', object, effect: () => readable(caller).get(object) });
}

export function replace(caller: Caller, object: string, content: string, fence: Fence): Promise<Stored> {
  return write(caller, { does: 'write', did: 'update', object }, (cluster) => {
    admit(caller, object, content);
    return cluster.replace(object, content, unlessDropped(caller, fence), 'belay');
  });
}

export function create(caller: Caller, object: string, content: string, owned: string): Promise<Stored> {
  return write(caller, { does: 'write', did: 'create', object }, (cluster) => {
    admit(caller, object, content);
    return cluster.create(object, content, 'belay', owned);
  });
}

function admit({ world, target }: Caller, object: string, content: string): void {
  if (isTurnedAway(world.trial.scenario, target, object, content)) throw problem('denied', `${object}: turned away`);
}

export function remove(caller: Caller, object: string, fence: Fence): Promise<void> {
  return write(caller, { does: 'delete', did: 'delete', object }, (cluster) =>
    cluster.remove(object, unlessDropped(caller, fence)),
  );
}

export function own(caller: Caller, object: string, owned: string, fence: Fence): Promise<Stored> {
  return write(caller, { does: 'write', did: 'ownership', object }, (cluster) =>
    cluster.own(object, owned, unlessDropped(caller, fence)),
  );
}

/** Puts a mark on, or takes it off: the version moves, the content does not. */
export function mark(caller: Caller, object: string, live: Stored, isMarked: boolean): Promise<Stored> {
  return write(caller, { does: 'write', did: 'fence', object }, (cluster) =>
    cluster.mark(object, isMarked, unlessDropped(caller, live)),
  );
}

/** A dry run: the same answer, and nothing is stored. */
export function prove(caller: Caller, object: string, fence: Fence | null): Promise<void> {
  return request(caller, {
    does: 'prove',
    object,
    effect: () => {
      const live = readable(caller).get(object);
      if (live?.uid !== fence?.uid || live?.version !== fence?.version)
        throw problem('conflict', `${object} is another version`);
    },
  });
}

function readable({ world, target }: Caller): ModelCluster {
  return clusterOf(world, target);
}

function unlessDropped({ world }: Caller, fence: Fence): Fence | 'any' {
  return world.trial.bug === 'drop the fence' ? 'any' : fence;
}

interface Writing {
  readonly does: Extract<Verb, 'write' | 'delete'>;
  readonly did: Effect['did'];
  readonly object: string;
}

async function write<T>(caller: Caller, writing: Writing, change: (cluster: ModelCluster) => T): Promise<T> {
  const { does, object } = writing;
  try {
    return await request(caller, { does, object, effect: () => noted(caller, writing, change) });
  } catch (error) {
    if (caller.world.trial.bug !== 'swallow a 403' || !isPortError(error) || error.kind !== 'denied') throw error;
    return { ...imagined, ...readable(caller).get(object) } as T;
  }
}

/** What a client that takes a 403 for success would go on with. */
const imagined: Stored = { uid: 0, version: 0, content: '', owned: '', writer: 'belay' };

function noted<T>(caller: Caller, { did, object }: Writing, change: (cluster: ModelCluster) => T): T {
  const { world, target, stage } = caller;
  const cluster = clusterOf(world, target);
  const before = cluster.get(object);
  const untouched = contentOf(world.clusters);
  const answer = change(cluster);
  const after = cluster.get(object);
  remember(caller, object, after);
  if (after?.version === before?.version && after?.uid === before?.uid) return answer;
  world.failed ??= untouched;
  const over = before?.writer === 'somebody else' ? 'somebody else' : 'ours or the deploy';
  world.effects.push({ target, object, did, stage, over, isRecorded: isRecorded(caller) });
  return answer;
}

/** The journal is ahead of the stage; what can not be taken back also needs the pivot. */
function isRecorded({ world: { journal }, step, stage }: Caller): boolean {
  if (step === 'undoBatch') return journal.includes('compensating');
  return journal.some((name) => name.startsWith('committing/') && name.endsWith(`/${stage}`)) || isFinishing();

  function isFinishing(): boolean {
    return journal.includes('pivot') && journal.includes(`behind/${stage}`);
  }
}

/** What a cache without its watch would tell: the first list, and our own writes. */
const caches = new WeakMap<object, Map<string, Record<string, Stored>>>();

function cachedBy(
  { world, target }: Caller,
  objects: Readonly<Record<string, Stored>>,
): Readonly<Record<string, Stored>> {
  if (world.trial.bug !== 'trust the cache') return objects;
  const cache = caches.get(world) ?? new Map<string, Record<string, Stored>>();
  caches.set(world, cache);
  const known = cache.get(target) ?? { ...objects };
  cache.set(target, known);
  return { ...known };
}

function remember({ world, target }: Caller, object: string, after: Stored | undefined): void {
  const known = caches.get(world)?.get(target);
  if (!known) return;
  if (after) known[object] = after;
  else delete known[object];
}
