import {
  configMap,
  configMaps,
  definition,
  definitionName,
  definitions,
  deployment,
  deployments,
  ingresses,
  lease,
  leases,
  object,
  service,
  services,
  stored,
  widget,
  widgets,
} from '../objects.ts';
import type { JsonObject, Vector } from '../vector.ts';

const BAD_REQUEST = { status: 400, reason: 'BadRequest' };
const otherSpec = (sent: JsonObject, change: JsonObject): JsonObject => ({
  ...sent,
  spec: { ...(sent.spec as JsonObject), ...change },
});

/** What a dry run and a strict reading prove, and what they do not. */
export const dryRuns: readonly Vector[] = [
  sameAsReal('ConfigMap', configMaps, configMap('a'), configMap('a', { mode: 'wild' }, { labels: { x: 'y' } })),
  sameAsReal('Service', services, service('a'), otherSpec(service('a'), { sessionAffinity: 'ClientIP' })),
  sameAsReal('Lease', leases, lease('a'), lease('a', { holderIdentity: 'bob' }, { resourceVersion: '{version-1}' })),
  sameAsReal(
    'Deployment',
    deployments,
    deployment('a', { paused: true }),
    deployment('a', { paused: true, minReadySeconds: 5 }),
    ['/status', '/metadata/annotations', '/metadata/managedFields'],
  ),
  {
    title: 'a dry run of POST, PUT, PATCH and DELETE changes nothing',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201, object: stored(configMap('a'), 1, 1) },
      { send: 'POST', to: `${configMaps}?dryRun=All`, body: configMap('b'), status: 201 },
      { send: 'PUT', to: `${configMaps}/a?dryRun=All`, body: configMap('a', { x: '2' }), status: 200 },
      { send: 'MERGE', to: `${configMaps}/a?dryRun=All`, body: { data: { x: '2' } }, status: 200 },
      { send: 'JSON PATCH', to: `${configMaps}/a?dryRun=All`, body: [{ op: 'remove', path: '/data' }], status: 200 },
      { send: 'DELETE', to: `${configMaps}/a?dryRun=All`, status: 200 },
      { send: 'DELETE', to: `${configMaps}/a`, body: { dryRun: ['All'] }, status: 200 },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1), [`${configMaps}/b`]: 'absent' },
  },
  {
    title: 'a dry-run PUT shows the resourceVersion that is there, not the one it would get',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201, object: stored(configMap('a'), 1, 1) },
      {
        send: 'PUT',
        to: `${configMaps}/a?dryRun=All`,
        body: configMap('a', { x: '2' }, { uid: '{uid-1}', resourceVersion: '{version-1}' }),
        status: 200,
        object: stored(configMap('a', { x: '2' }), 1, 1),
      },
    ],
  },
  {
    title: 'a dry-run PUT is fenced like a real one',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a?dryRun=All`,
        body: configMap('a', {}, { resourceVersion: '1' }),
        status: 409,
        reason: 'Conflict',
      },
      {
        send: 'PUT',
        to: `${configMaps}/a?dryRun=All`,
        body: configMap('a', {}, { uid: '11111111-2222-3333-4444-555555555555' }),
        status: 409,
        reason: 'Conflict',
      },
    ],
  },
  {
    title: 'a dry run of another sort than All is refused',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: `${configMaps}?dryRun=Some`,
        body: configMap('a'),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueNotSupported dryRun'],
      },
    ],
  },
  {
    title: 'a dry run into a namespace that does not exist is answered 404',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: '/api/v1/namespaces/{ns}-none/configmaps?dryRun=All',
        body: configMap('a'),
        status: 404,
        reason: 'NotFound',
        message: /^namespaces "\{ns\}-none" not found$/,
      },
    ],
  },
  {
    title: 'a dry run of a kind without its definition is answered 404 without a reason',
    on: 'both',
    steps: [{ send: 'POST', to: `${widgets}?dryRun=All`, body: widget('w'), status: 404 }],
  },
  {
    title: 'a dry run sees a missing field as the real one does',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: `${deployments}?dryRun=All`,
        body: deployment('web', { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } }),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueRequired spec.template.spec.containers'],
      },
    ],
  },
  {
    title: 'a strict dry run names the fields of a custom resource that its definition lacks',
    on: 'both',
    leaves: [`${definitions}/${definitionName}`],
    steps: [
      { send: 'POST', to: definitions, body: definition(), status: 201 },
      {
        send: 'POST',
        to: `${widgets}?dryRun=All&fieldValidation=Strict`,
        body: widget('w', { size: 3, shape: 'round' }),
        ...BAD_REQUEST,
        message: /unknown field "spec.shape"/,
        until: 'asExpected',
      },
      {
        send: 'POST',
        to: widgets,
        body: widget('w', { size: 3, shape: 'round' }),
        status: 201,
        fields: { '/spec': { size: 3 } },
      },
    ],
  },
  {
    title: 'a strict reading refuses unknown fields of a built-in kind, an ordinary one drops them',
    on: { lab: 'the sandbox has no schemas of built-in kinds' },
    steps: [
      {
        send: 'POST',
        to: `${deployments}?fieldValidation=Strict`,
        body: deployment('web', { shape: 'round' }),
        ...BAD_REQUEST,
        message: /unknown field "spec.shape"/,
      },
      {
        send: 'POST',
        to: deployments,
        body: deployment('web', { shape: 'round' }),
        status: 201,
        fields: { '/spec/shape': undefined },
      },
    ],
  },
  {
    title: 'a strict reading refuses a field that is there twice',
    on: { lab: 'the sandbox reads JSON with a parser that keeps the last of two' },
    steps: [
      {
        send: 'POST',
        to: `${configMaps}?fieldValidation=Strict`,
        body: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","x":"2"}}',
        ...BAD_REQUEST,
        message: /duplicate field "data.x"/,
      },
    ],
  },
  {
    title: 'each of two creates over a quota of one passes its dry run, and only one is done',
    on: { lab: 'the sandbox has no quotas' },
    steps: [
      {
        send: 'POST',
        to: '/api/v1/namespaces/{ns}/resourcequotas',
        body: object(
          'v1',
          'ResourceQuota',
          { name: 'one' },
          { spec: { hard: { 'count/ingresses.networking.k8s.io': '1' } } },
        ),
        status: 201,
      },
      {
        send: 'GET',
        to: '/api/v1/namespaces/{ns}/resourcequotas/one',
        status: 200,
        fields: { '/status/used': { 'count/ingresses.networking.k8s.io': '0' } },
        until: 'asExpected',
      },
      { send: 'POST', to: `${ingresses}?dryRun=All`, body: ingress('a'), status: 201 },
      { send: 'POST', to: `${ingresses}?dryRun=All`, body: ingress('b'), status: 201 },
      { send: 'POST', to: ingresses, body: ingress('a'), status: 201 },
      { send: 'POST', to: ingresses, body: ingress('b'), status: 403, reason: 'Forbidden', message: /exceeded quota/ },
    ],
  },
];

function ingress(name: string): JsonObject {
  const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
  return object('networking.k8s.io/v1', 'Ingress', { name }, { spec });
}

function sameAsReal(
  kind: string,
  collection: string,
  body: JsonObject,
  wanted: JsonObject,
  but: string[] = [],
): Vector {
  return {
    title: `a PUT of a ${kind} stores what its dry run showed`,
    on: 'both',
    steps: [
      { send: 'POST', to: collection, body, status: 201, fields: { '/metadata/resourceVersion': '{version-1}' } },
      { send: 'PUT', to: `${collection}/a?dryRun=All`, body: wanted, status: 200 },
      { send: 'PUT', to: `${collection}/a`, body: wanted, status: 200, like: 2, but },
      { send: 'GET', to: `${collection}/a`, status: 200, like: 2, but },
    ],
  };
}
