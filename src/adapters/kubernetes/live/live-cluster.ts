import { matches, parseSelector } from '../../../domain/kubernetes/selector.ts';
import type { Cluster, Clusters, ListQuery, ListResult, ServedType } from '../../../ports/cluster.ts';
import type { LiveCluster, LiveClusters } from '../../../ports/live-cluster.ts';
import { isPortError } from '../../../ports/port-error.ts';
import type { KubeObject } from '../../../schema/json.ts';
import type { ObjectRef } from '../../../schema/object-ref.ts';
import { objectAt } from '../json-access.ts';
import type { Held } from './held.ts';
import { type Pace, pause, usualPace } from './pace.ts';
import { SharedReads } from './shared-reads.ts';
import type { Listed } from './watched-list.ts';

/** Views of clusters, sharing what they watch. `close` ends all watches. */
export function createLiveClusters(
  clusters: Clusters,
  pace: Partial<Pace> = {},
): { readonly open: LiveClusters; close(): void } {
  const shared = new Map<string, SharedReads>();
  return {
    open(name) {
      const cluster = clusters(name);
      const reads = shared.get(name) ?? new SharedReads(cluster, { ...usualPace, ...pace });
      shared.set(name, reads);
      return openView(cluster, reads);
    },
    close() {
      for (const reads of shared.values()) reads.end();
    },
  };
}

function openView(cluster: Cluster, reads: SharedReads): LiveCluster {
  const seat = takeSeat();
  const lists = new Map<Held<Listed>, Listed>();

  async function list(query: ListQuery): Promise<ListResult> {
    const held = reads.list(query);
    const listed = await seat.use(held);
    lists.set(held, listed);
    return { objects: selected(listed.objects, query.selector), resourceVersion: listed.resourceVersion };
  }

  /** Where its list is not to be had, the object alone is read again and again. */
  async function get(ref: ObjectRef): Promise<KubeObject | undefined> {
    const type = listable(await reads.discover('cached'), ref);
    const listed =
      type && (await list({ type, ...(ref.namespace ? { namespace: ref.namespace } : {}) }).catch(unlessDenied));
    if (!listed) return await seat.use(reads.object(ref));
    return listed.objects.find(({ metadata }) => metadata.name === ref.name);
  }

  return {
    ...cluster,
    list,
    get,
    discover: (freshness = 'cached') => reads.discover(freshness),
    async identity() {
      const { uid } = await seat.use(reads.identity(), 'unnoticed');
      return { uid, serverTime: new Date(reads.now()).toISOString() };
    },
    changed: (within, signal) => seat.changed(within, signal),
    unwatched: () => [...lists.values()].flatMap(({ unwatched }) => unwatched ?? []),
    close: () => seat.leave(),
  };
}

/** One object of many of no namespace, and a Secret among others, are not worth keeping all of them. */
function listable(types: readonly ServedType[], { apiVersion, kind, namespace }: ObjectRef): ServedType | undefined {
  const type = types.find((one) => one.apiVersion === apiVersion && one.kind === kind);
  const isFit = type?.scope === 'namespaced' && namespace !== undefined && kind !== 'Secret';
  return isFit && type.verbs.includes('list') ? type : undefined;
}

function selected(objects: readonly KubeObject[], selector: string | undefined): readonly KubeObject[] {
  if (selector === undefined) return objects;
  const wanted = parseSelector(selector);
  return objects.filter(({ metadata }) => matches(wanted, objectAt(metadata, 'labels') as Record<string, string>));
}

function unlessDenied(error: unknown): undefined {
  if (!isPortError(error) || error.kind !== 'denied') throw error;
}

interface Seat {
  use<T>(held: Held<T>, changes?: 'noticed' | 'unnoticed'): Promise<T>;
  changed(within: number, signal: AbortSignal): Promise<void>;
  leave(): void;
}

/** One who looks: uses what it has read once until it leaves, and is told of changes since it last asked. */
function takeSeat(): Seat {
  const leaving = new Map<Held<unknown>, () => void>();
  let isChanged = false;
  let wake = () => {};
  const notice = () => {
    isChanged = true;
    wake();
  };
  return {
    use(held, changes = 'noticed') {
      if (!leaving.has(held)) leaving.set(held, held.join(changes === 'noticed' ? notice : () => undefined));
      return held.current();
    },
    async changed(within, signal) {
      if (!isChanged && !signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        await pause(within, signal, woken.signal);
      }
      isChanged = false;
    },
    leave() {
      for (const leave of leaving.values()) leave();
      leaving.clear();
    },
  };
}
