import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import { fail, via } from './failures.ts';

export interface ScopeQuestion {
  readonly cluster: Cluster;
  readonly target: ResolvedTarget;
  /** Members of the baseline, in case no source shows them any more; `null` when it is still to be taken. */
  readonly earlier: readonly ObjectRef[] | null;
  /** Only these kinds, and no closure; a health check need not read every Secret. */
  readonly onlyKinds?: (type: { readonly apiVersion: string; readonly kind: string }) => boolean;
}

export interface ScopeTypes {
  /** All that the cluster serves. */
  readonly types: readonly ServedType[];
  /** The scope's kinds among them. */
  readonly kinds: readonly ServedType[];
}

/**
 * The scope's kinds as served now. A listed kind that is not served is named; a default one is merely not there, and so
 * is one that was served at the baseline: its definition is gone, and its objects with it.
 */
export async function readScopeTypes(question: ScopeQuestion): Promise<ScopeTypes> {
  const { cluster, target } = question;
  const types = await via('cluster', () => cluster.discover());
  const isNeeded = target.scope.kindsAre === 'listed' && usesKinds(target);
  if (!isNeeded || missingAmong(question, types).length === 0) return pick(question, types);
  // What was known may be older than the definition.
  const latest = await via('cluster', () => cluster.discover('refresh'));
  const missing = missingAmong(question, latest);
  if (missing.length === 0 || question.earlier !== null) return pick(question, latest);
  throw fail(
    'ScopeUnreadable',
    `cluster ${target.cluster} does not serve ${missing.join(', ')}, listed in scope.kinds`,
  );
}

function missingAmong({ target }: ScopeQuestion, types: readonly ServedType[]): readonly string[] {
  const served = new Set(types.map(nameOf));
  return target.scope.kinds.filter((kind) => !served.has(kind));
}

function pick({ target, onlyKinds }: ScopeQuestion, types: readonly ServedType[]): ScopeTypes {
  const served = new Map(types.map((type) => [nameOf(type), type]));
  const kinds = target.scope.kinds.flatMap((kind) => served.get(kind) ?? []);
  return { types, kinds: kinds.filter((type) => onlyKinds?.(type) ?? true) };
}

function nameOf({ apiVersion, kind }: ServedType): string {
  return `${apiVersion}/${kind}`;
}

/** Where nothing is looked up by kind, kinds mean nothing. */
function usesKinds({ scope }: ResolvedTarget): boolean {
  return scope.selector !== null || (scope.inventory ?? []).some(({ argo }) => argo !== undefined);
}
