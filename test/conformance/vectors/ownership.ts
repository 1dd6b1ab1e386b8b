import { configMap, configMaps, deployment, deployments, object, stored } from '../objects.ts';
import type { JsonObject, Vector } from '../vector.ts';

const a = `${configMaps}/a`;
const noApply = { lab: 'the sandbox does not serve server-side apply' };
const apply = (manager: string, force = false) => `${a}?fieldManager=${manager}${force ? '&force=true' : ''}`;
const intent = (data: JsonObject): JsonObject => object('v1', 'ConfigMap', { name: 'a' }, { data });

/** Server-side apply and strategic merge: why neither restores, and what the owner's next apply meets. */
export const ownership: readonly Vector[] = [
  {
    title: 'an apply with force under a manager of its own leaves what others added',
    on: noApply,
    steps: [
      { send: 'POST', to: `${configMaps}?fieldManager=team`, body: configMap('a', { x: '1' }), status: 201 },
      {
        send: 'MERGE',
        to: `${a}?fieldManager=team`,
        body: { metadata: { labels: { bad: 'x' } }, data: { x: '2', extra: 'x' } },
        status: 200,
      },
      {
        send: 'APPLY',
        to: apply('belay', true),
        body: intent({ x: '1' }),
        status: 200,
        fields: { '/data': { x: '1', extra: 'x' }, '/metadata/labels': { bad: 'x' } },
      },
    ],
  },
  {
    title: "an apply as the deployer, of its first intent, removes what the deployer's second one added",
    on: noApply,
    steps: [
      { send: 'APPLY', to: apply('team'), body: intent({ x: '1' }), status: 201 },
      { send: 'APPLY', to: apply('team'), body: intent({ x: '2', extra: 'x' }), status: 200 },
      { send: 'APPLY', to: apply('team'), body: intent({ x: '1' }), status: 200, fields: { '/data': { x: '1' } } },
    ],
  },
  {
    title: 'an apply with only a resourceVersion creates an absent object, one with a uid is answered 409',
    on: noApply,
    steps: [
      {
        send: 'APPLY',
        to: apply('belay', true),
        body: object('v1', 'ConfigMap', { name: 'a', uid: '11111111-2222-3333-4444-555555555555' }),
        status: 409,
        reason: 'Conflict',
      },
      {
        send: 'APPLY',
        to: apply('belay', true),
        body: object('v1', 'ConfigMap', { name: 'a', resourceVersion: '5' }),
        status: 201,
      },
    ],
  },
  {
    title: "after a restoring PUT the owner's next unforced apply of another value is answered 409",
    on: noApply,
    steps: [
      { send: 'APPLY', to: apply('team'), body: intent({ x: '1' }), status: 201 },
      { send: 'APPLY', to: apply('team'), body: intent({ x: '2' }), status: 200 },
      { send: 'PUT', to: `${a}?fieldManager=belay`, resend: 1, status: 200, managers: ['belay Update'] },
      {
        send: 'APPLY',
        to: apply('team'),
        body: intent({ x: '3' }),
        status: 409,
        reason: 'Conflict',
        causes: ['FieldManagerConflict .data.x'],
        message: /conflict with "belay"/,
      },
    ],
  },
  {
    title: 'an unforced apply of the values that are there never conflicts',
    on: noApply,
    steps: [
      { send: 'POST', to: `${configMaps}?fieldManager=belay`, body: configMap('a', { x: '1' }), status: 201 },
      {
        send: 'APPLY',
        to: apply('team'),
        body: intent({ x: '1' }),
        status: 200,
        managers: ['team Apply', 'belay Update'],
      },
    ],
  },
  {
    title: "with the ownership put back by JSON patch the owner's next unforced apply succeeds, and removes too",
    on: noApply,
    steps: [
      { send: 'APPLY', to: apply('team'), body: intent({ x: '1', y: '1' }), status: 201 },
      { send: 'APPLY', to: apply('team'), body: intent({ x: '2', y: '1' }), status: 200 },
      { send: 'PUT', to: `${a}?fieldManager=belay`, resend: 1, status: 200 },
      {
        send: 'JSON PATCH',
        to: `${a}?fieldManager=belay`,
        body: putBack({ 'f:x': {}, 'f:y': {} }),
        status: 200,
        managers: ['team Apply'],
      },
      {
        send: 'APPLY',
        to: apply('team'),
        body: intent({ x: '3' }),
        status: 200,
        fields: { '/data': { x: '3' } },
        managers: ['team Apply'],
      },
    ],
  },
  {
    title: 'a strategic merge of the full object leaves what was added',
    on: { lab: 'the sandbox does not serve strategic merge patches' },
    steps: [
      { send: 'POST', to: deployments, body: deployment('web'), status: 201 },
      {
        send: 'MERGE',
        to: `${deployments}/web`,
        body: {
          metadata: { labels: { bad: 'x' } },
          spec: {
            minReadySeconds: 9,
            template: {
              spec: {
                containers: [
                  { name: 'main', image: 'registry.example/app:v2' },
                  { name: 'side', image: 'registry.example/side:v1' },
                ],
              },
            },
          },
        },
        status: 200,
      },
      {
        send: 'STRATEGIC',
        to: `${deployments}/web`,
        resend: 1,
        status: 200,
        fields: {
          '/metadata/labels': { bad: 'x' },
          '/spec/minReadySeconds': 9,
          '/spec/template/spec/containers/0/image': 'registry.example/app:v1',
          '/spec/template/spec/containers/1/name': 'side',
        },
      },
    ],
  },
  {
    title: 'an apply without a field manager is refused',
    on: noApply,
    steps: [
      {
        send: 'APPLY',
        to: a,
        body: intent({ x: '1' }),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueRequired fieldManager'],
      },
    ],
    after: { [a]: 'absent' },
  },
  {
    title: 'the manager of a write is its fieldManager, else the User-Agent up to the first slash',
    on: 'both',
    steps: [
      {
        send: 'POST',
        to: configMaps,
        body: configMap('a', { x: '1' }),
        status: 201,
        managers: ['vector Update'],
        object: stored(configMap('a', { x: '1' }), 1, 1),
      },
      {
        send: 'MERGE',
        to: `${a}?fieldManager=team`,
        body: { data: { y: '1' } },
        status: 200,
        managers: ['team Update', 'vector Update'],
      },
    ],
  },
  {
    title: 'a field that another manager changes is taken over, one that it leaves alone is not',
    on: 'both',
    steps: [
      { send: 'POST', to: `${configMaps}?fieldManager=team`, body: configMap('a', { x: '1', y: '1' }), status: 201 },
      {
        send: 'PUT',
        to: `${a}?fieldManager=belay`,
        body: configMap('a', { x: '2', y: '1' }),
        status: 200,
        managers: ['belay Update', 'team Update'],
      },
      {
        send: 'PUT',
        to: `${a}?fieldManager=belay`,
        body: configMap('a', { x: '2', y: '2' }),
        status: 200,
        managers: ['belay Update', 'team Update'],
      },
    ],
  },
];

function putBack(fields: JsonObject) {
  const entry = {
    manager: 'team',
    operation: 'Apply',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': fields },
  };
  return [{ op: 'replace', path: '/metadata/managedFields', value: [entry] }];
}
