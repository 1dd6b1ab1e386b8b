import {
  claimSpec,
  claims,
  clusterRoles,
  configMap,
  configMaps,
  object,
  secret,
  secrets,
  statefulSet,
  statefulSets,
  stored,
} from '../objects.ts';
import type { JsonObject, Step, Vector } from '../vector.ts';

const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const claimTemplate = { metadata: { name: 'data' }, spec: claimSpec };
const set = (replicas: number, whenScaled: string) =>
  statefulSet('db', {
    replicas,
    podManagementPolicy: 'Parallel',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled },
    volumeClaimTemplates: [claimTemplate],
  });
const RBAC = 'rbac.authorization.k8s.io/v1';
const part = object(
  RBAC,
  'ClusterRole',
  { name: '{ns}-part', labels: { 'example.com/into': '{ns}' } },
  {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  },
);
const whole = object(
  RBAC,
  'ClusterRole',
  { name: '{ns}' },
  {
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'example.com/into': '{ns}' } }] },
    rules: [],
  },
);
const asksAlong: Step = {
  send: 'GET',
  to: `${claims}/data-db-1`,
  status: 200,
  fields: { '/metadata/labels/app': 'db' },
  until: 'asExpected',
};

/** What happens around a write: deadlines, controllers, webhooks. */
export const surroundings: readonly Vector[] = [
  {
    title: 'a request deadline that is long enough is of no matter, one that is no duration is answered 400',
    on: 'both',
    steps: [
      { send: 'POST', to: `${configMaps}?timeout=5s`, body: configMap('a'), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a?timeout=soon`,
        body: configMap('a', { x: '2' }),
        status: 400,
        reason: 'BadRequest',
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
  {
    title: 'a write whose deadline has passed is answered 504 Timeout',
    on: { lab: 'the sandbox answers before any deadline, unless a fault makes it late' },
    steps: [{ send: 'POST', to: `${configMaps}?timeout=1ns`, body: configMap('a'), status: 504, reason: 'Timeout' }],
  },
  {
    title: "a StatefulSet's claims carry its selector's labels and no owner",
    on: 'both',
    steps: [
      { send: 'POST', to: statefulSets, body: set(2, 'Retain'), status: 201 },
      { ...asksAlong, fields: { '/metadata/labels/app': 'db', '/metadata/ownerReferences': undefined } },
    ],
  },
  {
    title: 'shrinking a StatefulSet that deletes claims with replicas deletes them, and its dry run says nothing of it',
    on: 'both',
    steps: [
      { send: 'POST', to: statefulSets, body: set(2, 'Delete'), status: 201 },
      asksAlong,
      {
        send: 'MERGE',
        to: `${statefulSets}/db?dryRun=All`,
        body: { spec: { replicas: 1 } },
        status: 200,
        fields: { '/spec/replicas': 1 },
      },
      { send: 'MERGE', to: `${statefulSets}/db`, body: { spec: { replicas: 1 } }, status: 200 },
      { send: 'GET', to: `${claims}/data-db-1`, status: 404, reason: 'NotFound', until: 'asExpected' },
      { send: 'GET', to: `${claims}/data-db-0`, status: 200 },
    ],
  },
  {
    title: 'the rules of an aggregated ClusterRole are written by a controller',
    on: { lab: 'the sandbox has no controller for aggregated roles' },
    leaves: [`${clusterRoles}/{ns}`, `${clusterRoles}/{ns}-part`],
    steps: [
      { send: 'POST', to: clusterRoles, body: part, status: 201 },
      { send: 'POST', to: clusterRoles, body: whole, status: 201 },
      {
        send: 'GET',
        to: `${clusterRoles}/{ns}`,
        status: 200,
        fields: { '/rules/0/resources': ['pods'] },
        until: 'asExpected',
      },
      { send: 'MERGE', to: `${clusterRoles}/{ns}`, body: { rules: [] }, status: 200 },
      {
        send: 'GET',
        to: `${clusterRoles}/{ns}`,
        status: 200,
        fields: { '/rules/0/resources': ['pods'] },
        until: 'asExpected',
      },
    ],
  },
  {
    title: 'a token Secret whose ServiceAccount is gone is refused or deleted by a controller',
    on: { lab: 'the sandbox has no token controller' },
    steps: [
      {
        send: 'POST',
        to: secrets,
        body: {
          ...secret('token', { type: 'kubernetes.io/service-account-token' }),
          metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'none-such' } },
        },
        status: 201,
      },
      { send: 'GET', to: `${secrets}/token`, status: 404, reason: 'NotFound', until: 'asExpected' },
    ],
  },
  {
    title: 'a webhook that may have side effects in a dry run cannot be registered',
    on: { lab: 'the sandbox calls no webhooks' },
    steps: [
      {
        send: 'POST',
        to: webhooks,
        body: webhook('Some'),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueNotSupported webhooks[0].sideEffects'],
      },
    ],
  },
  {
    title: 'a webhook that does not answer makes dry run and write a 500, and so keeps a restore out',
    on: { lab: 'the sandbox calls no webhooks' },
    leaves: [`${webhooks}/{ns}`],
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201 },
      { send: 'POST', to: webhooks, body: webhook('None'), status: 201 },
      {
        send: 'MERGE',
        to: `${configMaps}/a?dryRun=All`,
        body: { data: { x: '1' } },
        status: 500,
        reason: 'InternalError',
        until: 'asExpected',
      },
      { send: 'PUT', to: `${configMaps}/a`, body: configMap('a', { x: '1' }), status: 500, reason: 'InternalError' },
    ],
  },
];

function webhook(sideEffects: string): JsonObject {
  const hook = {
    name: 'closed.example.com',
    clientConfig: { url: 'https://127.0.0.1:1/none' },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['UPDATE'] }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } },
    sideEffects,
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 1,
  };
  return object(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    { name: '{ns}' },
    { webhooks: [hook] },
  );
}
