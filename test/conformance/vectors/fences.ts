import {
  budget,
  budgets,
  clusterRole,
  clusterRoleBinding,
  clusterRoleBindings,
  clusterRoles,
  configMap,
  configMaps,
  definition,
  definitionName,
  definitions,
  deployment,
  deployments,
  lease,
  leases,
  object,
  role,
  roleBinding,
  roleBindings,
  roles,
  service,
  services,
  stored,
} from '../objects.ts';
import type { JsonObject, Vector } from '../vector.ts';

const CONFLICT = { status: 409, reason: 'Conflict' };
const NOT_FOUND = { status: 404, reason: 'NotFound' };
const UNVERSIONED = { status: 422, reason: 'Invalid', causes: ['FieldValueInvalid metadata.resourceVersion'] };
const otherUid = { uid: '11111111-2222-3333-4444-555555555555' };
const notServed = { lab: 'the sandbox does not serve this kind' };
const made = { send: 'POST', to: configMaps, body: configMap('a'), status: 201 } as const;

/** What uid and resourceVersion in a write protect from. */
export const fences: readonly Vector[] = [
  {
    title: 'a PUT with the live uid and resourceVersion is done',
    on: 'both',
    steps: [
      made,
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { x: '2' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        status: 200,
        object: stored(configMap('a', { x: '2' }), 1, 2),
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a', { x: '2' }), 1, 2) },
  },
  {
    title: 'a PUT with a stale resourceVersion is answered 409 and changes nothing',
    on: 'both',
    steps: [
      { ...made, object: stored(configMap('a'), 1, 1) },
      { send: 'MERGE', to: `${configMaps}/a`, body: { data: { x: '1' } }, status: 200 },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { x: '2' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        ...CONFLICT,
        message: /the object has been modified/,
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a', { mode: 'calm', x: '1' }), 1, 2) },
  },
  {
    title: 'a PUT with another uid is answered 409, even with the live resourceVersion',
    on: 'both',
    steps: [
      { ...made, object: stored(configMap('a'), 1, 1) },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { x: '2' }, { ...otherUid, resourceVersion: '{version-1}' }),
        ...CONFLICT,
        message: /Precondition failed: UID in precondition/,
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
  {
    title: 'the uid of an object that was re-created under the same name is a conflict',
    on: 'both',
    steps: [
      { ...made, object: stored(configMap('a'), 1, 1) },
      { send: 'DELETE', to: `${configMaps}/a`, status: 200 },
      { ...made, object: stored(configMap('a'), 2, 2) },
      { send: 'PUT', to: `${configMaps}/a`, body: configMap('a', { x: '2' }, { uid: '{uid-1}' }), ...CONFLICT },
    ],
  },
  {
    title: 'repeating a fenced PUT whose answer was lost is answered 409, and the object is as wanted',
    on: 'both',
    steps: [
      { ...made, object: stored(configMap('a'), 1, 1) },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { x: '2' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        status: 200,
      },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { x: '2' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        ...CONFLICT,
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a', { x: '2' }), 1, 2) },
  },
  ...unconditional('ConfigMap', configMaps, configMap('a'), { data: { mode: 'wild' } }),
  ...unconditional('Service', services, service('a'), {
    spec: { ...(service('a').spec as JsonObject), sessionAffinity: 'ClientIP' },
  }),
  ...unconditional('Deployment', deployments, deployment('a'), {
    spec: { ...(deployment('a').spec as JsonObject), paused: true },
  }),
  refused('Lease', leases, lease('a')),
  refused('PodDisruptionBudget', budgets, budget('a')),
  {
    ...refused('CustomResourceDefinition', definitions, definition()),
    leaves: [`${definitions}/${definitionName}`],
  },
  {
    title: 'a PUT of an absent ConfigMap is answered 404',
    on: 'both',
    steps: [{ send: 'PUT', to: `${configMaps}/a`, body: configMap('a'), ...NOT_FOUND }],
    after: { [`${configMaps}/a`]: 'absent' },
  },
  {
    title: 'a PUT of an absent Deployment is answered 404',
    on: 'both',
    steps: [{ send: 'PUT', to: `${deployments}/a`, body: deployment('a'), ...NOT_FOUND }],
  },
  createdByPut('Lease', leases, lease('a')),
  createdByPut('Service', services, service('a')),
  createdByPut('Role', roles, role('a')),
  createdByPut('RoleBinding', roleBindings, roleBinding('a', 'a')),
  createdByPut('ClusterRole', clusterRoles, clusterRole('{ns}')),
  createdByPut('ClusterRoleBinding', clusterRoleBindings, clusterRoleBinding('{ns}', '{ns}')),
  createdByPut('Endpoints', '/api/v1/namespaces/{ns}/endpoints', object('v1', 'Endpoints', { name: 'a' }), notServed),
  createdByPut(
    'LimitRange',
    '/api/v1/namespaces/{ns}/limitranges',
    object('v1', 'LimitRange', { name: 'a' }, { spec: { limits: [] } }),
    notServed,
  ),
  createdByPut(
    'RuntimeClass',
    '/apis/node.k8s.io/v1/runtimeclasses',
    object('node.k8s.io/v1', 'RuntimeClass', { name: '{ns}' }, { handler: 'runc' }),
    notServed,
  ),
  {
    title: 'a PUT without a name, or with another, or for another namespace, or of another kind is answered 400',
    on: 'both',
    steps: [
      made,
      { send: 'PUT', to: `${configMaps}/a`, body: object('v1', 'ConfigMap', {}), status: 400, reason: 'BadRequest' },
      { send: 'PUT', to: `${configMaps}/a`, body: configMap('b'), status: 400, reason: 'BadRequest' },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', {}, { namespace: 'other' }),
        status: 400,
        reason: 'BadRequest',
      },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: object('v1', 'Secret', { name: 'a' }),
        status: 400,
        reason: 'BadRequest',
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
];

function unconditional(kind: string, collection: string, body: JsonObject, change: JsonObject): Vector[] {
  return [
    {
      title: `a PUT of a ${kind} without resourceVersion overwrites whatever is there`,
      on: 'both',
      steps: [
        { send: 'POST', to: collection, body, status: 201 },
        { send: 'MERGE', to: `${collection}/a`, body: { metadata: { labels: { x: 'y' } } }, status: 200 },
        {
          send: 'PUT',
          to: `${collection}/a`,
          body: { ...body, ...change },
          status: 200,
          fields: { '/metadata/labels': undefined, '/metadata/uid': '{uid-1}' },
        },
      ],
    },
  ];
}

function refused(kind: string, collection: string, body: JsonObject): Vector {
  const { name } = body.metadata as { name: string };
  return {
    title: `a PUT of a ${kind} without resourceVersion is refused`,
    on: 'both',
    steps: [
      { send: 'POST', to: collection, body, status: 201 },
      { send: 'PUT', to: `${collection}/${name}`, body, ...UNVERSIONED },
    ],
  };
}

/** AllowCreateOnUpdate: an undo by PUT would bring back what somebody deleted, so it must carry the uid. */
function createdByPut(kind: string, collection: string, body: JsonObject, on: Vector['on'] = 'both'): Vector {
  const metadata = body.metadata as JsonObject;
  const path = `${collection}/${metadata.name}`;
  return {
    title: `a PUT of an absent ${kind} creates it, with a resourceVersion too; only a uid prevents that`,
    on,
    steps: [
      { send: 'PUT', to: path, body: { ...body, metadata: { ...metadata, ...otherUid } }, ...CONFLICT },
      { send: 'GET', to: path, ...NOT_FOUND },
      { send: 'PUT', to: path, body: { ...body, metadata: { ...metadata, resourceVersion: '5' } }, status: 201 },
    ],
    ...(collection.includes('{ns}') ? {} : { leaves: [path] }),
  };
}
