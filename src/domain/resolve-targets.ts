import type { GuardFile } from '../schema/guard-spec.ts';
import type { ResolvedTarget } from '../schema/resolved-request.ts';
import type { IgnoreRule } from '../schema/scope.ts';
import { watchQueueOf, workQueue } from './queues.ts';

type Target = GuardFile['targets'][number];

/** What `belay.yaml` says about a cluster, as far as targets are concerned. */
interface ClusterSettings {
  readonly taskQueue?: string | undefined;
  readonly lockNamespace?: string | undefined;
}

interface TargetDefaults {
  readonly closure: boolean;
  /** What a selector looks at when `scope.kinds` is not given. */
  readonly kinds: readonly string[];
  /** Fields that no target compares. */
  readonly ignore?: readonly IgnoreRule[];
}

/** Targets with every default filled in: by the worker for a run, by the command line for the rights it takes. */
export function resolveTargets(
  targets: readonly Target[],
  settings: Readonly<Record<string, ClusterSettings>>,
  defaults: TargetDefaults,
): ResolvedTarget[] {
  return targets.map((target) => {
    const { cluster, namespace } = target;
    const inCluster = targets.filter((other) => other.cluster === cluster);
    const own = settings[cluster] ?? {};
    return {
      id: inCluster.length > 1 ? `${cluster}/${namespace}` : cluster,
      cluster,
      namespace,
      taskQueue: own.taskQueue ?? workQueue,
      watchQueue: watchQueueOf(own.taskQueue ?? workQueue),
      lockNamespace: own.lockNamespace ?? inCluster[0]?.namespace ?? namespace,
      scope: resolveScope(target.scope, defaults),
    };
  });
}

function resolveScope(
  scope: Target['scope'],
  { kinds, closure, ignore = [] }: TargetDefaults,
): ResolvedTarget['scope'] {
  return {
    refs: scope.refs ?? [],
    selector: scope.selector ?? null,
    kinds: [...(scope.kinds ?? kinds)],
    kindsAre: scope.kinds ? 'listed' : 'default',
    exclude: scope.exclude ?? [],
    inventory: scope.inventory ?? [],
    closure: scope.closure ?? closure,
    ignore: [...(scope.ignore ?? []), ...ignore],
  };
}
