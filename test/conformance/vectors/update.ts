import { configMap, configMaps, secret, secrets, service, services, stored } from '../objects.ts';
import type { Vector } from '../vector.ts';

const fence = { uid: '{uid-1}', resourceVersion: '{version-1}' };

/** What a PUT does with each field. */
export const update: readonly Vector[] = [
  {
    title: 'a PUT takes out what was added: labels, annotations and data',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: configMaps,
        body: configMap('a', { mode: 'calm' }, { labels: { app: 'shop' } }),
        status: 201,
      },
      {
        send: 'MERGE',
        to: `${configMaps}/a`,
        body: { metadata: { labels: { bad: 'x' }, annotations: { bad: 'x' } }, data: { mode: 'wild', extra: 'x' } },
        status: 200,
      },
      { send: 'PUT', to: `${configMaps}/a`, resend: 1, status: 200, like: 1 },
    ],
  },
  {
    title: 'an unchanged PUT moves no resourceVersion',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201, object: stored(configMap('a'), 1, 1) },
      { send: 'PUT', to: `${configMaps}/a`, body: configMap('a', { mode: 'calm' }, fence), status: 200 },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
  {
    title: 'an unchanged PUT under another manager moves no resourceVersion and takes nothing over',
    on: 'both',
    steps: [
      { send: 'POST', to: `${configMaps}?fieldManager=team`, body: configMap('a'), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a?fieldManager=belay`,
        body: configMap('a'),
        status: 200,
        managers: ['team Update'],
        fields: { '/metadata/resourceVersion': '{version-1}' },
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
  {
    title: 'a PUT ignores creationTimestamp and selfLink',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap(
          'a',
          { mode: 'wild' },
          {
            ...fence,
            creationTimestamp: '2001-01-01T00:00:00Z',
            selfLink: '/x',
          },
        ),
        status: 200,
        object: stored(configMap('a', { mode: 'wild' }), 1, 2),
      },
      { send: 'GET', to: `${configMaps}/a`, status: 200, like: 1, but: ['/data/mode'] },
    ],
  },
  {
    title: 'a PUT with a deletionTimestamp is refused while the object is not being deleted',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { mode: 'wild' }, { deletionTimestamp: '2001-01-01T00:00:00Z' }),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueInvalid metadata.deletionTimestamp'],
      },
    ],
    after: { [`${configMaps}/a`]: stored(configMap('a'), 1, 1) },
  },
  {
    title: "managedFields in a PUT do not carry ownership: changed fields are the writer's",
    on: 'both',
    steps: [
      { send: 'POST', to: `${configMaps}?fieldManager=team`, body: configMap('a', { x: '1', y: '1' }), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a?fieldManager=belay`,
        body: configMap('a', { x: '2', y: '1' }, { managedFields: [appliedBy('team', ['x', 'y'])] }),
        status: 200,
        managers: ['team Apply', 'belay Update'],
      },
    ],
  },
  {
    title: 'a PUT ignores the status of a kind with a status subresource',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web'), status: 201 },
      {
        send: 'PUT',
        to: `${services}/web`,
        body: { ...service('web'), status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
        status: 200,
        fields: { '/status': { loadBalancer: {} }, '/metadata/resourceVersion': '{version-1}' },
      },
    ],
  },
  {
    title: 'a PUT without the cluster IP keeps it',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web'), status: 201 },
      {
        send: 'PUT',
        to: `${services}/web`,
        body: service('web', { sessionAffinity: 'ClientIP' }),
        status: 200,
        fields: {
          '/spec/clusterIP': '{address-1}',
          '/spec/clusterIPs': ['{address-1}'],
          '/spec/sessionAffinity': 'ClientIP',
        },
      },
    ],
  },
  {
    title: 'a PUT without the node port keeps it',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web', { type: 'NodePort' }), status: 201 },
      {
        send: 'PUT',
        to: `${services}/web`,
        body: service('web', { type: 'NodePort', sessionAffinity: 'ClientIP' }),
        status: 200,
        fields: { '/spec/clusterIP': '{address-1}', '/spec/ports/0/nodePort': '{port-1}' },
      },
    ],
  },
  {
    title: 'a PUT back to ClusterIP gives the node port up, and a second PUT can take it again',
    on: 'both',
    steps: [
      { send: 'POST', to: services, body: service('web', { type: 'NodePort' }), status: 201 },
      {
        send: 'PUT',
        to: `${services}/web`,
        body: service('web', { type: 'ClusterIP' }),
        status: 200,
        fields: { '/spec/ports/0/nodePort': undefined },
      },
      { send: 'PUT', to: `${services}/web`, resend: 1, status: 200, like: 1 },
    ],
  },
  {
    title: 'a PUT that lacks a finalizer strips it',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a', {}, { finalizers: ['example.com/keep'] }), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', {}),
        status: 200,
        fields: { '/metadata/finalizers': undefined, '/metadata/deletionTimestamp': undefined },
      },
    ],
  },
  {
    title: 'a PUT replaces ownerReferences',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('owner'), status: 201 },
      { send: 'POST', to: configMaps, body: configMap('a', {}, { ownerReferences: [ownedBy('owner')] }), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', {}),
        status: 200,
        fields: { '/metadata/ownerReferences': undefined },
      },
    ],
  },
  {
    title: 'a Secret that is PUT without data loses it',
    on: 'both',
    steps: [
      { send: 'POST', to: secrets, body: secret('s'), status: 201 },
      {
        send: 'PUT',
        to: `${secrets}/s`,
        body: secret('s', { data: undefined }),
        status: 200,
        fields: { '/data': undefined },
      },
    ],
  },
];

function appliedBy(manager: string, keys: readonly string[]) {
  const fields = Object.fromEntries(keys.map((key) => [`f:${key}`, {}]));
  const time = '2026-01-01T00:00:00Z';
  return {
    manager,
    operation: 'Apply',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': fields },
  };
}

function ownedBy(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: '{uid-1}' };
}
