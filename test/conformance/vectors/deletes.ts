import { configMap, configMaps, object, service, services, stored } from '../objects.ts';
import { madeA } from '../steps.ts';
import type { Step, Vector } from '../vector.ts';

const a = `${configMaps}/a`;
const otherUid = '11111111-2222-3333-4444-555555555555';
const CONFLICT = { status: 409, reason: 'Conflict' };
const held = configMap('a', { mode: 'calm' }, { finalizers: ['example.com/keep'] });
const dying: Step[] = [
  { send: 'POST', to: configMaps, body: held, status: 201 },
  {
    send: 'DELETE',
    to: a,
    status: 200,
    fields: {
      '/kind': 'ConfigMap',
      '/metadata/deletionTimestamp': '{time}',
      '/metadata/deletionGracePeriodSeconds': 0,
    },
  },
];
const inB = '/api/v1/namespaces/{ns}-b';

/** DELETE, its fences, and objects that are on their way out. */
export const deletes: readonly Vector[] = [
  {
    title: 'a DELETE with another uid is answered 409',
    on: 'both',
    steps: [madeA, { send: 'DELETE', to: a, body: { preconditions: { uid: otherUid } }, ...CONFLICT }],
    after: { [a]: stored(configMap('a'), 1, 1) },
  },
  {
    title: 'a DELETE with a stale resourceVersion is answered 409, in a dry run too',
    on: 'both',
    steps: [
      madeA,
      { send: 'MERGE', to: a, body: { data: { x: '1' } }, status: 200 },
      {
        send: 'DELETE',
        to: a,
        body: { preconditions: { uid: '{uid-1}', resourceVersion: '{version-1}' } },
        ...CONFLICT,
      },
      {
        send: 'DELETE',
        to: `${a}?dryRun=All`,
        body: { preconditions: { resourceVersion: '{version-1}' } },
        ...CONFLICT,
      },
    ],
  },
  {
    title: 'a DELETE with the live uid and resourceVersion is done and answers a Status with the uid',
    on: 'both',
    steps: [
      madeA,
      {
        send: 'DELETE',
        to: a,
        body: { preconditions: { uid: '{uid-1}', resourceVersion: '{version-1}' } },
        status: 200,
        fields: { '/kind': 'Status', '/status': 'Success', '/details/uid': '{uid-1}' },
      },
    ],
    after: { [a]: 'absent' },
  },
  {
    title: 'a second DELETE is answered 404',
    on: 'both',
    steps: [madeA, { send: 'DELETE', to: a, status: 200 }, { send: 'DELETE', to: a, status: 404, reason: 'NotFound' }],
  },
  {
    title: 'a DELETE of a Service answers with the Service',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web'), status: 201 },
      {
        send: 'DELETE',
        to: `${services}/web`,
        status: 200,
        fields: { '/kind': 'Service', '/metadata/uid': '{uid-1}' },
      },
    ],
    after: { [`${services}/web`]: 'absent' },
  },
  {
    title: 'an object with a finalizer only begins to go',
    on: 'both',
    steps: [...dying, { send: 'GET', to: a, status: 200, like: 2 }],
  },
  {
    title: 'a Terminating object takes a PUT, has the content of its snapshot, and is still Terminating',
    on: 'both',
    steps: [
      ...dying,
      {
        send: 'PUT',
        to: a,
        body: configMap('a', { mode: 'wild' }, { finalizers: ['example.com/keep'] }),
        status: 200,
        fields: { '/data': { mode: 'wild' }, '/metadata/deletionTimestamp': '{time}' },
      },
      {
        send: 'PUT',
        to: a,
        resend: 1,
        status: 200,
        fields: { '/data': { mode: 'calm' }, '/metadata/deletionTimestamp': '{time}' },
      },
    ],
  },
  {
    title: 'a Terminating object takes no new finalizer',
    on: 'both',
    steps: [
      ...dying,
      {
        send: 'MERGE',
        to: a,
        body: { metadata: { finalizers: ['example.com/keep', 'example.com/more'] } },
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueForbidden metadata.finalizers'],
      },
    ],
  },
  {
    title: 'a Terminating object goes with its last finalizer',
    on: 'both',
    steps: [...dying, { send: 'MERGE', to: a, body: { metadata: { finalizers: null } }, status: 200 }],
    after: { [a]: 'absent' },
  },
  {
    title: 'a PUT without finalizers ends a Terminating object',
    on: 'both',
    steps: [...dying, { send: 'PUT', to: a, body: configMap('a'), status: 200 }],
    after: { [a]: 'absent' },
  },
  {
    title: 'a POST over a Terminating object is answered 409 AlreadyExists',
    on: 'both',
    steps: [...dying, { send: 'POST', to: configMaps, body: configMap('a'), status: 409, reason: 'AlreadyExists' }],
  },
  {
    title: 'a DELETE of a Terminating object moves no resourceVersion',
    on: 'both',
    steps: [
      ...dying,
      { send: 'GET', to: a, status: 200, fields: { '/metadata/resourceVersion': '{version-2}' } },
      { send: 'DELETE', to: a, status: 200, fields: { '/metadata/resourceVersion': '{version-2}' } },
    ],
  },
  {
    title: 'a Terminating namespace takes nothing new',
    on: 'both',
    leaves: ['/api/v1/namespaces/{ns}-b'],
    steps: [
      { send: 'POST', to: '/api/v1/namespaces', body: object('v1', 'Namespace', { name: '{ns}-b' }), status: 201 },
      { send: 'POST', to: `${inB}/configmaps`, body: held, status: 201 },
      { send: 'DELETE', to: inB, status: 200, fields: { '/status/phase': 'Terminating' } },
      {
        send: 'POST',
        to: `${inB}/configmaps`,
        body: configMap('b'),
        status: 403,
        reason: 'Forbidden',
        causes: ['NamespaceTerminating metadata.namespace'],
      },
      { send: 'MERGE', to: `${inB}/configmaps/a`, body: { metadata: { finalizers: null } }, status: 200 },
    ],
  },
  {
    title: 'a DELETE with an unknown propagation policy is refused',
    on: 'both',
    steps: [
      madeA,
      {
        send: 'DELETE',
        to: `${a}?propagationPolicy=Sideways`,
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueNotSupported propagationPolicy'],
      },
    ],
    after: { [a]: stored(configMap('a'), 1, 1) },
  },
];
