import {
  claim,
  claimSpec,
  claims,
  clusterRoleBinding,
  clusterRoleBindings,
  configMaps,
  daemonSet,
  daemonSets,
  definition,
  definitionName,
  definitions,
  deployment,
  deployments,
  job,
  jobs,
  object,
  pods,
  replicaSet,
  replicaSets,
  roleBinding,
  roleBindings,
  sealedConfigMap,
  secret,
  secrets,
  service,
  services,
  statefulSet,
  statefulSets,
  template,
  volume,
} from '../objects.ts';
import { refusedBothWays } from '../steps.ts';
import type { JsonObject, Vector } from '../vector.ts';

const otherSelector = {
  spec: { selector: { matchLabels: { app: 'b' } }, template: { metadata: { labels: { app: 'b' } } } },
};
const notServed = { lab: 'the sandbox does not serve this kind' };
const pod = object('v1', 'Pod', { name: 'a' }, { spec: template('a').spec });
const claimTemplate = { metadata: { name: 'data' }, spec: claimSpec };

/** Changes that the server refuses by kind and field, in a dry run as for real. */
export const immutable: readonly Vector[] = [
  refused("a Deployment's selector", deployments, deployment('a'), otherSelector, ['FieldValueInvalid spec.selector']),
  refused("a ReplicaSet's selector", replicaSets, replicaSet('a'), otherSelector, ['FieldValueInvalid spec.selector']),
  refused("a DaemonSet's selector", daemonSets, daemonSet('a'), otherSelector, ['FieldValueInvalid spec.selector']),
  refused("a StatefulSet's selector", statefulSets, statefulSet('a'), otherSelector, [
    'FieldValueInvalid spec.selector',
  ]),
  refused("a StatefulSet's service name", statefulSets, statefulSet('a'), { spec: { serviceName: 'b' } }, [
    'FieldValueInvalid spec.serviceName',
  ]),
  refused(
    "a StatefulSet's pod management",
    statefulSets,
    statefulSet('a'),
    { spec: { podManagementPolicy: 'Parallel' } },
    ['FieldValueInvalid spec.podManagementPolicy'],
  ),
  refused(
    "a StatefulSet's claim templates",
    statefulSets,
    statefulSet('a', { volumeClaimTemplates: [claimTemplate] }),
    { spec: { volumeClaimTemplates: null } },
    ['FieldValueInvalid spec.volumeClaimTemplates'],
  ),
  refused(
    "a Job's template",
    jobs,
    job('a', { suspend: false }),
    { spec: { template: { spec: { terminationGracePeriodSeconds: 3 } } } },
    ['FieldValueInvalid spec.template'],
  ),
  refused("a Job's completions", jobs, job('a'), { spec: { completions: 3 } }, ['FieldValueInvalid spec.completions']),
  refused("a claim's volume mode", claims, claim('a'), { spec: { volumeMode: 'Block' } }, [
    'FieldValueForbidden spec',
    'FieldValueInvalid volumeMode',
  ]),
  refused("a claim's class", claims, claim('a'), { spec: { storageClassName: 'other' } }, ['FieldValueForbidden spec']),
  refused(
    "an unbound claim's size",
    claims,
    claim('a'),
    { spec: { resources: { requests: { storage: '2Gi' } } } },
    ['FieldValueForbidden spec'],
    { lab: 'the sandbox binds every claim at once' },
  ),
  refused("a Secret's type", secrets, secret('a'), { type: 'example.com/other' }, ['FieldValueInvalid type']),
  refused("an immutable Secret's data", secrets, secret('a', { immutable: true }), { data: { key: 'b3RoZXI=' } }, [
    'FieldValueForbidden data',
  ]),
  refused("an immutable ConfigMap's data", configMaps, sealedConfigMap, { data: { mode: 'wild' } }, [
    'FieldValueForbidden data',
  ]),
  refused("an immutable ConfigMap's seal", configMaps, sealedConfigMap, { immutable: null }, [
    'FieldValueForbidden immutable',
  ]),
  refused(
    "an immutable ConfigMap's seal and data",
    configMaps,
    sealedConfigMap,
    { immutable: null, data: { mode: 'wild' } },
    ['FieldValueForbidden immutable', 'FieldValueForbidden data'],
  ),
  refused(
    "a Service's cluster IP",
    services,
    service('a'),
    { spec: { clusterIP: '10.96.255.1', clusterIPs: ['10.96.255.1'] } },
    ['FieldValueInvalid spec.clusterIPs[0]'],
  ),
  refused("a RoleBinding's role", roleBindings, roleBinding('a', 'a'), { roleRef: { name: 'b' } }, [
    'FieldValueInvalid roleRef',
  ]),
  refused(
    "a ClusterRoleBinding's role",
    clusterRoleBindings,
    clusterRoleBinding('{ns}', 'a'),
    { roleRef: { name: 'b' } },
    ['FieldValueInvalid roleRef'],
  ),
  refused('what a Pod runs, but for its images', pods, pod, { spec: { hostNetwork: true } }, [
    'FieldValueForbidden spec',
  ]),
  {
    title: "a definition's scope, group and plural cannot change once it is established",
    on: 'both',
    leaves: [`${definitions}/${definitionName}`],
    steps: [
      { send: 'POST', to: definitions, body: definition(), status: 201 },
      {
        send: 'GET',
        to: `${definitions}/${definitionName}`,
        status: 200,
        fields: { '/status/conditions/1/type': 'Established', '/status/conditions/1/status': 'True' },
        until: 'asExpected',
      },
      ...refusedBothWays(`${definitions}/${definitionName}`, { spec: { scope: 'Cluster' } }, [
        'FieldValueInvalid spec.scope',
      ]),
      ...refusedBothWays(`${definitions}/${definitionName}`, { spec: { group: 'other.example.com' } }, [
        'FieldValueInvalid spec.group',
      ]),
      ...refusedBothWays(`${definitions}/${definitionName}`, { spec: { names: { plural: 'gadgets' } } }, [
        'FieldValueInvalid spec.names.plural',
      ]),
    ],
  },
  refused(
    "a definition's version that objects were stored in",
    definitions,
    definition(),
    {
      spec: {
        versions: [{ name: 'v2', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    },
    ['FieldValueInvalid status.storedVersions[0]'],
  ),
  refused(
    "a StorageClass's provisioner and parameters",
    '/apis/storage.k8s.io/v1/storageclasses',
    object(
      'storage.k8s.io/v1',
      'StorageClass',
      { name: '{ns}' },
      { provisioner: 'example.com/a', parameters: { x: '1' } },
    ),
    { provisioner: 'example.com/b', parameters: { x: '2' } },
    ['FieldValueInvalid provisioner', 'FieldValueInvalid parameters'],
    notServed,
  ),
  refused(
    "an IngressClass's controller",
    '/apis/networking.k8s.io/v1/ingressclasses',
    object('networking.k8s.io/v1', 'IngressClass', { name: '{ns}' }, { spec: { controller: 'example.com/a' } }),
    { spec: { controller: 'example.com/b' } },
    ['FieldValueInvalid spec.controller'],
    notServed,
  ),
  refused(
    "a PriorityClass's value and preemption",
    '/apis/scheduling.k8s.io/v1/priorityclasses',
    object('scheduling.k8s.io/v1', 'PriorityClass', { name: '{ns}' }, { value: 7 }),
    { value: 8, preemptionPolicy: 'Never' },
    ['FieldValueForbidden value', 'FieldValueInvalid preemptionPolicy'],
    notServed,
  ),
  refused(
    "a volume's source",
    '/api/v1/persistentvolumes',
    volume,
    { spec: { hostPath: { path: '/b' } } },
    ['FieldValueForbidden spec.persistentvolumesource'],
    notServed,
  ),
];

function refused(
  what: string,
  collection: string,
  body: JsonObject,
  change: JsonObject,
  causes: string[],
  on: Vector['on'] = 'both',
): Vector {
  const path = `${collection}/${(body.metadata as JsonObject).name}`;
  return {
    title: `${what} cannot change`,
    on,
    steps: [
      { send: 'POST', to: collection, body, status: 201, until: 'asExpected' },
      ...refusedBothWays(path, change, causes),
    ],
    ...(collection.includes('{ns}') ? {} : { leaves: [path] }),
  };
}
