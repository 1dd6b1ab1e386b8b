import { configMap, configMaps, deployment, deployments, stored } from '../objects.ts';
import type { Json, Vector } from '../vector.ts';

const a = `${configMaps}/a`;
const made = {
  send: 'POST',
  to: `${configMaps}?fieldManager=team`,
  body: configMap('a', { x: '1', y: '1' }),
  status: 201,
} as const;
const original = stored(configMap('a', { x: '1', y: '1' }), 1, 1);
const owned = stored(configMap('a', { x: '1', y: '1' }), 1, 2);
const INVALID = { status: 422, reason: 'Invalid' };
const belays = `${a}?fieldManager=belay`;

/** Merge patches and JSON patches. */
export const patches: readonly Vector[] = [
  {
    title: 'a merge patch takes out what it sets to null and moves the resourceVersion',
    on: 'both',
    steps: [
      { ...made, object: original },
      {
        send: 'MERGE',
        to: a,
        body: { data: { x: null, z: '3' } },
        status: 200,
        object: stored(configMap('a', { y: '1', z: '3' }), 1, 2),
      },
    ],
  },
  {
    title: 'a merge patch replaces lists as a whole',
    on: 'both',
    steps: [
      { send: 'POST', to: deployments, body: deployment('web'), status: 201 },
      {
        send: 'MERGE',
        to: `${deployments}/web`,
        body: { spec: { template: { spec: { containers: [{ name: 'other', image: 'registry.example/app:v2' }] } } } },
        status: 200,
        fields: {
          '/spec/template/spec/containers/0/name': 'other',
          '/spec/template/spec/containers/1': undefined,
          '/spec/template/spec/containers/0/imagePullPolicy': 'IfNotPresent',
        },
      },
    ],
  },
  {
    title: 'a merge patch that changes nothing moves no resourceVersion',
    on: 'both',
    steps: [
      { ...made, object: original },
      { send: 'MERGE', to: a, body: { data: { x: '1', none: null } }, status: 200, object: original },
    ],
  },
  {
    title: 'a merge patch with a stale resourceVersion is answered 409',
    on: 'both',
    steps: [
      { ...made, object: original },
      { send: 'MERGE', to: a, body: { data: { x: '2' } }, status: 200 },
      {
        send: 'MERGE',
        to: a,
        body: { metadata: { resourceVersion: '{version-1}' }, data: { x: '3' } },
        status: 409,
        reason: 'Conflict',
      },
    ],
    after: { [a]: stored(configMap('a', { x: '2', y: '1' }), 1, 2) },
  },
  {
    title: 'a merge patch with another uid is answered 422, not 409',
    on: 'both',
    steps: [
      { ...made, object: original },
      {
        send: 'MERGE',
        to: a,
        body: { metadata: { uid: '11111111-2222-3333-4444-555555555555' }, data: { x: '3' } },
        ...INVALID,
        causes: ['FieldValueInvalid metadata.uid'],
      },
    ],
    after: { [a]: original },
  },
  {
    title: 'a patch of an absent object is answered 404',
    on: 'both',
    steps: [
      { send: 'MERGE', to: a, body: { data: { x: '1' } }, status: 404, reason: 'NotFound' },
      { send: 'JSON PATCH', to: a, body: [], status: 404, reason: 'NotFound' },
    ],
  },
  {
    title: 'a failed test of a JSON patch is answered 422, not 409, and nothing of the patch is done',
    on: 'both',
    steps: [
      { ...made, object: original },
      {
        send: 'JSON PATCH',
        to: a,
        body: [
          { op: 'replace', path: '/data/x', value: '2' },
          { op: 'test', path: '/metadata/resourceVersion', value: '1' },
        ],
        ...INVALID,
      },
    ],
    after: { [a]: original },
  },
  {
    title: 'a JSON patch that removes or replaces under what is not there is answered 422',
    on: 'both',
    steps: [
      made,
      { send: 'JSON PATCH', to: a, body: [{ op: 'remove', path: '/data/none' }], ...INVALID },
      { send: 'JSON PATCH', to: a, body: [{ op: 'add', path: '/none/x', value: 1 }], ...INVALID },
      { send: 'JSON PATCH', to: a, body: [{ op: 'nonsense', path: '/data' }], ...INVALID },
    ],
  },
  {
    title: 'a patch that is no JSON is answered 400, and so is such a POST',
    on: 'both',
    steps: [
      made,
      { send: 'MERGE', to: a, body: '{"data', status: 400, reason: 'BadRequest' },
      { send: 'POST', to: configMaps, body: '{"data', status: 400, reason: 'BadRequest' },
    ],
  },
  {
    title: 'a fence annotation put on and taken off costs two resourceVersions and leaves no trace',
    on: 'both',
    steps: [
      { ...made, object: original },
      {
        send: 'JSON PATCH',
        to: belays,
        body: [
          { op: 'test', path: '/metadata/resourceVersion', value: '{version-1}' },
          { op: 'add', path: '/metadata/annotations', value: { 'belay.dev/fence': 'x' } },
        ],
        status: 200,
        object: stored(configMap('a', { x: '1', y: '1' }), 1, 2, { annotations: { 'belay.dev/fence': 'x' } }),
      },
      {
        send: 'JSON PATCH',
        to: belays,
        body: [{ op: 'remove', path: '/metadata/annotations' }],
        status: 200,
        object: stored(configMap('a', { x: '1', y: '1' }), 1, 3),
        managers: ['team Update'],
      },
    ],
    after: { [a]: stored(configMap('a', { x: '1', y: '1' }), 1, 3) },
  },
  {
    title: 'after the fence moved, a PUT that was sent before it is answered 409',
    on: 'both',
    steps: [
      { ...made, object: original },
      { send: 'MERGE', to: belays, body: { metadata: { annotations: { 'belay.dev/fence': 'x' } } }, status: 200 },
      { send: 'MERGE', to: belays, body: { metadata: { annotations: null } }, status: 200 },
      {
        send: 'PUT',
        to: a,
        body: configMap('a', { x: '9' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        status: 409,
        reason: 'Conflict',
      },
    ],
  },
  {
    title: 'a PUT that was sent before an undo which wrote nothing is still accepted',
    on: 'both',
    steps: [
      { ...made, object: original },
      { send: 'PUT', to: belays, body: configMap('a', { x: '1', y: '1' }), status: 200, object: original },
      {
        send: 'PUT',
        to: a,
        body: configMap('a', { x: '9' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        status: 200,
        object: stored(configMap('a', { x: '9' }), 1, 2),
      },
    ],
  },
  {
    title: 'a JSON patch of managedFields gives ownership back without counting a generation',
    on: 'both',
    steps: [
      { send: 'POST', to: `${deployments}?fieldManager=team`, body: deployment('web', { paused: true }), status: 201 },
      {
        send: 'MERGE',
        to: `${deployments}/web?fieldManager=belay`,
        body: { spec: { minReadySeconds: 3 } },
        status: 200,
        fields: { '/metadata/generation': 2 },
      },
      {
        send: 'JSON PATCH',
        to: `${deployments}/web?fieldManager=belay`,
        body: ownership('team', { 'f:spec': { 'f:minReadySeconds': {} } }, 'apps/v1'),
        status: 200,
        managers: ['team Apply'],
        fields: { '/metadata/generation': 2, '/spec/minReadySeconds': 3 },
      },
    ],
  },
  {
    title: 'a new time of a managedFields entry moves no resourceVersion',
    on: 'both',
    steps: [
      made,
      { send: 'JSON PATCH', to: a, body: ownership('team', { 'f:data': { 'f:x': {} } }), status: 200, object: owned },
      {
        send: 'JSON PATCH',
        to: a,
        body: ownership('team', { 'f:data': { 'f:x': {} } }, 'v1', '2026-02-02T00:00:00Z'),
        status: 200,
        object: owned,
      },
    ],
  },
  {
    title: 'an empty managedFields list asks for nothing, a list of one empty entry clears it',
    on: 'both',
    steps: [
      made,
      {
        send: 'JSON PATCH',
        to: a,
        body: [{ op: 'replace', path: '/metadata/managedFields', value: [] }],
        status: 200,
        managers: [],
      },
      {
        send: 'JSON PATCH',
        to: a,
        body: [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
        status: 200,
        managers: [],
      },
    ],
  },
  {
    title: 'a write of the scale shows as an entry of its own, for the subresource',
    on: 'both',
    steps: [
      { send: 'POST', to: `${deployments}?fieldManager=team`, body: deployment('web', { paused: true }), status: 201 },
      {
        send: 'MERGE',
        to: `${deployments}/web/scale?fieldManager=hpa&dryRun=All`,
        body: { spec: { replicas: 2 } },
        status: 200,
        fields: { '/kind': 'Scale', '/spec/replicas': 2 },
      },
      { send: 'MERGE', to: `${deployments}/web/scale?fieldManager=hpa`, body: { spec: { replicas: 2 } }, status: 200 },
      {
        send: 'GET',
        to: `${deployments}/web`,
        status: 200,
        fields: { '/spec/replicas': 2, '/metadata/generation': 2 },
        managers: ['team Update', 'hpa Update scale', 'kube-controller-manager Update status'],
        until: 'asExpected',
      },
    ],
  },
];

function ownership(
  manager: string,
  fieldsV1: { [key: string]: Json },
  apiVersion = 'v1',
  time = '2026-01-01T00:00:00Z',
) {
  const entry = { manager, operation: 'Apply', apiVersion, time, fieldsType: 'FieldsV1', fieldsV1 };
  return [{ op: 'replace', path: '/metadata/managedFields', value: [entry] }];
}
