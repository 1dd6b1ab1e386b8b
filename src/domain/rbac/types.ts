import { groupKind } from '../kubernetes/kinds.ts';

/** A kind as a cluster serves it. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural name, as rules name it. */
  readonly resource: string;
  readonly scope: 'namespaced' | 'cluster';
}

/** Rights know groups, not versions: a kind is found whatever version it is named in. */
export interface Types {
  /** By `Deployment.apps`, and plain `Service` for the core group. */
  ofGroupKind(name: string): ServedKind | undefined;
  /** By `<apiVersion>/<Kind>`. */
  named(kind: string): ServedKind | undefined;
}

export function typesIn(served: readonly ServedKind[]): Types {
  const known = new Map(served.map((type) => [groupKind(type), type]));
  const ofGroupKind = (name: string) => known.get(name);
  const named = (kind: string) => {
    const slash = kind.lastIndexOf('/');
    return ofGroupKind(groupKind({ apiVersion: kind.slice(0, slash), kind: kind.slice(slash + 1) }));
  };
  return { ofGroupKind, named };
}
