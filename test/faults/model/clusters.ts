import { PortError, type PortErrorKind } from '../../../src/ports/port-error.ts';
import type { Content } from '../trial.ts';

/** An object as a cluster stores it, with no more of Kubernetes than the protocol relies on. */
export interface Stored {
  readonly uid: number;
  readonly version: number;
  readonly content: string;
  /** Who owns its fields, as far as a restore has to put that back. */
  readonly owned: string;
  readonly writer: Writer;
  /** Voiding has put its annotation on, and not taken it off yet. */
  readonly isMarked?: true;
}

export type Writer = 'admin' | 'deployer' | 'belay' | 'somebody else';

export interface Fence {
  readonly uid: number;
  readonly version: number;
}

/** What a deploy tool's apply owned is nobody's when a PUT has changed it; then it is put back by a request of its own. */
const nobody = 'nobody';

export interface ModelCluster {
  readonly objects: ReadonlyMap<string, Stored>;
  get(name: string): Stored | undefined;
  /** A PUT that changes nothing does not move the version, as in Kubernetes. */
  replace(name: string, content: string, fence: Fence | 'any', writer: Writer): Stored;
  create(name: string, content: string, writer: Writer, owned?: string): Stored;
  remove(name: string, fence: Fence | 'any'): void;
  own(name: string, owned: string, fence: Fence | 'any'): Stored;
  mark(name: string, isMarked: boolean, fence: Fence | 'any'): Stored;
  /** Moves the version and nothing else, as a controller's status does. */
  touch(name: string): void;
}

export function createModelCluster(): ModelCluster {
  const objects = new Map<string, Stored>();
  let latest = 0;
  const next = () => {
    latest += 1;
    return latest;
  };
  const store = (name: string, object: Stored) => {
    objects.set(name, object);
    return object;
  };
  const fenced = (name: string, fence: Fence | 'any'): Stored => {
    const live = objects.get(name);
    if (!live) throw problem('notFound', `${name} is not there`);
    if (fence !== 'any' && (fence.uid !== live.uid || fence.version !== live.version))
      throw problem('conflict', `${name} is another version`);
    return live;
  };
  return {
    objects,
    get: (name) => objects.get(name),
    replace: (name, content, fence, writer) => {
      const live = fenced(name, fence);
      if (live.content === content) return live;
      const owned = live.owned === '' ? '' : nobody;
      return store(name, { uid: live.uid, version: next(), content, owned, writer });
    },
    create: (name, content, writer, owned = '') => {
      if (objects.has(name)) throw problem('conflict', `${name} exists`);
      return store(name, { uid: next(), version: next(), content, owned, writer });
    },
    remove: (name, fence) => {
      fenced(name, fence);
      objects.delete(name);
    },
    own: (name, owned, fence) => {
      const live = fenced(name, fence);
      return live.owned === owned ? live : store(name, { ...live, owned, version: next() });
    },
    mark: (name, isMarked, fence) => {
      const { isMarked: _was, ...live } = fenced(name, fence);
      return store(name, { ...live, ...(isMarked ? { isMarked } : {}), version: next() });
    },
    touch: (name) => {
      const live = objects.get(name);
      if (live) store(name, { ...live, version: next() });
    },
  };
}

export function problem(kind: PortErrorKind, message: string): PortError {
  return new PortError(kind, message);
}

export type ModelClusters = Readonly<Record<string, ModelCluster>>;

export function contentOf(clusters: ModelClusters): Content {
  const textOf = ({ content, owned, isMarked }: Stored) => [content, owned, isMarked ? 'marked' : ''].join(' ').trim();
  const texts = ({ objects }: ModelCluster) =>
    Object.fromEntries([...objects].sort().map(([name, object]) => [name, textOf(object)]));
  return Object.fromEntries(Object.entries(clusters).map(([name, cluster]) => [name, texts(cluster)]));
}
