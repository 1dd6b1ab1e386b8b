import type { JsonObject } from '../../src/sandbox/index.ts';
import type { VirtualCluster } from './virtual-cluster.ts';

export type Plural = 'deployments' | 'statefulsets' | 'daemonsets' | 'jobs' | 'configmaps' | 'secrets' | 'pods';

export interface Manifest {
  readonly plural: Plural;
  readonly object: JsonObject;
}

/** Something that happens so many milliseconds after the deploy began. */
export interface Happening {
  readonly at: number;
  readonly what: string;
  readonly does: (cluster: VirtualCluster) => void;
}

/** What has to be found, and by when. */
export interface Expected {
  /** Which workload is bad, as evidence names it: `Deployment/web`. */
  readonly object: string;
  readonly reason: RegExp;
  /** Milliseconds after the deploy began. */
  readonly by: number;
}

/** One deploy from its beginning to its end, good (`bad` is null) or bad. */
export interface Rollout {
  readonly name: string;
  readonly before: readonly Manifest[];
  readonly happenings: readonly Happening[];
  /** All in milliseconds after the deploy began. */
  readonly deployedAt: number;
  readonly deadline: number;
  readonly bake: number;
  readonly bad: Expected | null;
}

/** The deploy applies it. */
export function applied(at: number, { plural, object }: Manifest): Happening {
  const name = `${String(object.kind)}/${String((object.metadata as JsonObject).name)}`;
  return { at, what: `apply ${name}`, does: (cluster) => cluster.apply(plural, object) };
}
