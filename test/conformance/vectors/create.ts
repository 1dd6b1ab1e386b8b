import {
  claim,
  claims,
  configMap,
  configMaps,
  daemonSet,
  daemonSets,
  deployment,
  deployments,
  job,
  jobs,
  object,
  secret,
  secrets,
  service,
  services,
  stored,
} from '../objects.ts';
import type { Vector } from '../vector.ts';

const madeUp = {
  uid: '11111111-2222-3333-4444-555555555555',
  selfLink: '/x',
  creationTimestamp: '2001-01-01T00:00:00Z',
};

const teamOwns = {
  manager: 'team',
  operation: 'Apply',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': { 'f:x': {} } },
};

const marked = configMap(
  'a',
  { x: '1' },
  {
    labels: { app: 'shop' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{}}' },
    finalizers: ['example.com/keep'],
  },
);

/** What a POST does with the fields of an object that existed before. */
export const create: readonly Vector[] = [
  {
    title: 'a POST with a resourceVersion is answered 500 and makes nothing',
    on: 'both',
    steps: [{ send: 'POST', to: configMaps, body: configMap('a', {}, { resourceVersion: '5' }), status: 500 }],
    after: { [`${configMaps}/a`]: 'absent' },
  },
  {
    title: 'a dry-run POST with a resourceVersion passes, so it proves nothing about the real one',
    on: 'both',
    steps: [
      { send: 'POST', to: `${configMaps}?dryRun=All`, body: configMap('a', {}, { resourceVersion: '5' }), status: 201 },
    ],
    after: { [`${configMaps}/a`]: 'absent' },
  },
  {
    title: 'a POST ignores uid, selfLink and creationTimestamp',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('first'), status: 201, object: stored(configMap('first'), 1, 1) },
      {
        send: 'POST',
        to: configMaps,
        body: configMap('a', { x: '1' }, madeUp),
        status: 201,
        object: stored(configMap('a', { x: '1' }), 2, 2),
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a', { x: '1' }), 2, 2) },
  },
  {
    title: 'a POST keeps the generation it is given where the kind does not count its own',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: configMaps,
        body: configMap('a', {}, { generation: 7 }),
        status: 201,
        fields: { '/metadata/generation': 7 },
      },
      {
        send: 'POST',
        to: deployments,
        body: deployment('a', {}, { generation: 7 }),
        status: 201,
        fields: { '/metadata/generation': 1 },
      },
    ],
  },
  {
    title: 'a new claim waits, under a protection finalizer',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: claims,
        body: claim('data'),
        status: 201,
        fields: { '/metadata/finalizers': ['kubernetes.io/pvc-protection'], '/status': { phase: 'Pending' } },
      },
    ],
  },
  {
    title: 'a POST ignores deletionTimestamp and deletionGracePeriodSeconds',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: configMaps,
        body: configMap('a', {}, { deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 9 }),
        status: 201,
        fields: { '/metadata/deletionTimestamp': undefined, '/metadata/deletionGracePeriodSeconds': undefined },
      },
    ],
  },
  {
    title: "a POST discards the body's managedFields: everything belongs to the creator",
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: `${configMaps}?fieldManager=belay`,
        body: configMap('a', { x: '1' }, { managedFields: [teamOwns] }),
        status: 201,
        managers: ['belay Update'],
      },
    ],
  },
  {
    title: 'a POST of a name that is taken is answered 409 AlreadyExists, in a dry run too',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201 },
      { send: 'POST', to: configMaps, body: configMap('a', { x: '2' }), status: 409, reason: 'AlreadyExists' },
      { send: 'POST', to: `${configMaps}?dryRun=All`, body: configMap('a'), status: 409, reason: 'AlreadyExists' },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
  {
    title: 'a POST ignores the status of a kind with a status subresource',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: services,
        body: { ...service('web'), status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
        status: 201,
        fields: { '/status': { loadBalancer: {} } },
      },
    ],
  },
  {
    title: 'a POST takes over finalizers and annotations, the last applied configuration too',
    on: 'both',
    steps: [{ send: 'POST', to: configMaps, body: marked, status: 201, object: stored(marked, 1, 1) }],
  },
  {
    title: 'a POST gets the cluster IP that it asks for, if that is free',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web'), status: 201 },
      { send: 'DELETE', to: `${services}/web`, status: 200 },
      {
        send: 'POST',
        to: services,
        body: service('web', { clusterIP: '{address-1}', clusterIPs: ['{address-1}'] }),
        status: 201,
        fields: { '/spec/clusterIP': '{address-1}', '/spec/clusterIPs': ['{address-1}'] },
      },
    ],
  },
  {
    title: 'a cluster IP that is taken passes the dry run and is refused for real',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web'), status: 201 },
      { send: 'POST', to: `${services}?dryRun=All`, body: service('b', { clusterIP: '{address-1}' }), status: 201 },
      {
        send: 'POST',
        to: services,
        body: service('b', { clusterIP: '{address-1}' }),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueInvalid spec.clusterIPs'],
      },
    ],
    after: { [`${services}/b`]: 'absent' },
  },
  {
    title: 'stringData is folded into data and not kept',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: secrets,
        body: secret('s', { stringData: { key: 'new', more: 'x' } }),
        status: 201,
        object: stored(secret('s', { data: { key: 'bmV3', more: 'eA==' } }), 1, 1),
      },
    ],
  },
  {
    title: "a Job's selector and labels name its own uid",
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: jobs,
        body: job('once'),
        status: 201,
        fields: {
          '/metadata/uid': '{uid-1}',
          '/spec/selector': { matchLabels: { 'batch.kubernetes.io/controller-uid': '{uid-1}' } },
          '/spec/template/metadata/labels/controller-uid': '{uid-1}',
        },
      },
    ],
  },
  {
    title: "a Job with another Job's generated selector is refused",
    on: 'both',
    steps: [
      { send: 'POST', to: jobs, body: job('once'), status: 201 },
      {
        send: 'POST',
        to: jobs,
        body: job('again', { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': '{uid-1}' } } }),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueInvalid spec.selector', 'FieldValueInvalid spec.template.metadata.labels'],
      },
    ],
    after: { [`${jobs}/again`]: 'absent' },
  },
  {
    title: "a Job whose template carries another Job's generated labels is refused",
    on: 'both',
    steps: [
      { send: 'POST', to: jobs, body: job('once'), status: 201 },
      {
        send: 'POST',
        to: jobs,
        body: job('again', {
          template: {
            metadata: {
              labels: { 'batch.kubernetes.io/controller-uid': '{uid-1}', 'batch.kubernetes.io/job-name': 'once' },
            },
            spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/app:v1' }] },
          },
        }),
        status: 422,
        reason: 'Invalid',
        causes: [
          'FieldValueInvalid spec.template.metadata.labels[batch.kubernetes.io/controller-uid]',
          'FieldValueInvalid spec.template.metadata.labels[batch.kubernetes.io/job-name]',
          'FieldValueInvalid spec.template.metadata.labels',
        ],
      },
    ],
  },
  {
    title: "a POST takes over a DaemonSet's template generation",
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: daemonSets,
        body: daemonSet('agent', {}, { annotations: { 'deprecated.daemonset.template.generation': '9' } }),
        status: 201,
        fields: { '/metadata/annotations': { 'deprecated.daemonset.template.generation': '9' } },
      },
    ],
  },
  {
    title: 'a Namespace gets a finalizer and a label with its name',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: '/api/v1/namespaces',
        body: object('v1', 'Namespace', { name: '{ns}-b' }),
        status: 201,
        fields: {
          '/spec/finalizers': ['kubernetes'],
          '/metadata/labels': { 'kubernetes.io/metadata.name': '{ns}-b' },
          '/status': { phase: 'Active' },
        },
      },
    ],
    leaves: ['/api/v1/namespaces/{ns}-b'],
  },
];
