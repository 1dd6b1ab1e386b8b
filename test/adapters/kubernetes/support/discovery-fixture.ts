const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

function resource(plural: string, kind: string, scope = 'Namespaced', subresources: string[] = []) {
  const below = subresources.map((subresource) => ({ subresource, verbs: ['get', 'update'] }));
  return { resource: plural, responseKind: { kind }, scope, verbs: VERBS, subresources: below };
}

export function aggregated(...items: unknown[]) {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

export function group(name: string, ...versions: unknown[]) {
  return { metadata: { name }, versions };
}

export function version(name: string, resources: unknown[], freshness = 'Current') {
  return { version: name, freshness, resources };
}

export const CORE_RESOURCES = aggregated(
  group(
    '',
    version('v1', [
      resource('configmaps', 'ConfigMap'),
      resource('secrets', 'Secret'),
      resource('pods', 'Pod', 'Namespaced', ['eviction', 'status']),
      resource('namespaces', 'Namespace', 'Cluster', ['finalize', 'status']),
    ]),
  ),
);

const HPA = resource('horizontalpodautoscalers', 'HorizontalPodAutoscaler');

export const GROUPS = aggregated(
  group('apps', version('v1', [resource('deployments', 'Deployment', 'Namespaced', ['scale', 'status'])])),
  group('autoscaling', version('v2', [HPA]), version('v1', [HPA])),
  group('rbac.authorization.k8s.io', version('v1', [resource('clusterroles', 'ClusterRole', 'Cluster')])),
  group('metrics.k8s.io', version('v1beta1', [], 'Stale')),
);
