import {
  configMap,
  configMaps,
  deployment,
  deployments,
  job,
  jobs,
  pods,
  replicaSet,
  replicaSets,
  stored,
  template,
} from '../objects.ts';
import { gone, madeA } from '../steps.ts';
import type { JsonObject, Step, Vector } from '../vector.ts';

const a = `${configMaps}/a`;
const slow = template('once', 'registry.example/app:slow', { restartPolicy: 'Never' });

/** What a DELETE does to the objects that the deleted one owns. */
export const dependents: readonly Vector[] = [
  {
    title: 'a foreground DELETE waits for dependents that block it',
    on: 'both',
    steps: [
      madeA,
      {
        send: 'POST',
        to: configMaps,
        body: configMap('b', {}, owned({ blockOwnerDeletion: true }, ['example.com/keep'])),
        status: 201,
      },
      {
        send: 'DELETE',
        to: `${a}?propagationPolicy=Foreground`,
        status: 200,
        fields: { '/metadata/finalizers': ['foregroundDeletion'] },
      },
      {
        send: 'GET',
        to: `${configMaps}/b`,
        status: 200,
        fields: { '/metadata/deletionTimestamp': '{time}' },
        until: 'asExpected',
      },
      { send: 'GET', to: a, status: 200 },
      { send: 'MERGE', to: `${configMaps}/b`, body: { metadata: { finalizers: null } }, status: 200 },
      gone(a),
    ],
  },
  {
    title: 'a background DELETE goes at once and its dependents follow',
    on: 'both',
    steps: [
      madeA,
      { send: 'POST', to: configMaps, body: configMap('b', {}, owned()), status: 201 },
      { send: 'DELETE', to: `${a}?propagationPolicy=Background`, status: 200 },
      { send: 'GET', to: a, status: 404, reason: 'NotFound' },
      gone(`${configMaps}/b`),
    ],
  },
  {
    title: 'an orphaning DELETE leaves the dependents, ownerless',
    on: 'both',
    steps: [
      madeA,
      { send: 'POST', to: configMaps, body: configMap('b', {}, owned()), status: 201 },
      { send: 'DELETE', to: `${a}?propagationPolicy=Orphan`, status: 200 },
      gone(a),
      {
        send: 'GET',
        to: `${configMaps}/b`,
        status: 200,
        fields: { '/metadata/ownerReferences': undefined, '/metadata/deletionTimestamp': undefined },
      },
    ],
  },
  {
    title: 'an orphaning DELETE of a Deployment leaves its ReplicaSet',
    on: 'both',
    steps: [
      { send: 'POST', to: deployments, body: deployment('web'), status: 201 },
      firstOf(replicaSets, { '/items/0/metadata/ownerReferences/0/kind': 'Deployment' }),
      { send: 'DELETE', to: `${deployments}/web?propagationPolicy=Orphan`, status: 200 },
      gone(`${deployments}/web`),
      firstOf(replicaSets, {
        '/items/0/kind': undefined,
        '/items/0/metadata/ownerReferences': undefined,
        '/items/0/metadata/labels/app': 'web',
      }),
    ],
  },
  {
    title: 'a DELETE of a Job without a policy leaves its pods, ownerless',
    on: 'both',
    steps: [
      { send: 'POST', to: jobs, body: job('once', { suspend: false, template: slow }), status: 201 },
      firstOf(pods, { '/items/0/metadata/ownerReferences/0/kind': 'Job' }),
      { send: 'DELETE', to: `${jobs}/once`, status: 200 },
      gone(`${jobs}/once`),
      firstOf(pods, { '/items/0/metadata/ownerReferences': undefined, '/items/0/metadata/labels/job-name': 'once' }),
    ],
  },
  {
    title: 'a DELETE of a Job with the background policy takes its pods along',
    on: 'both',
    steps: [
      { send: 'POST', to: jobs, body: job('once', { suspend: false, template: slow }), status: 201 },
      firstOf(pods, { '/items/0/metadata/ownerReferences/0/kind': 'Job' }),
      { send: 'DELETE', to: `${jobs}/once`, body: { propagationPolicy: 'Background' }, status: 200 },
      firstOf(pods, { '/items': [] }),
    ],
  },
  {
    title: 'an object that is created for an owner who is gone is collected',
    on: 'both',
    steps: [
      madeA,
      { send: 'DELETE', to: a, status: 200 },
      { send: 'POST', to: configMaps, body: configMap('b', {}, owned()), status: 201 },
      gone(`${configMaps}/b`),
    ],
  },
  {
    title: "an object under its re-created owner's new uid lives, under the old one it is collected",
    on: 'both',
    steps: [
      madeA,
      { send: 'DELETE', to: a, status: 200 },
      { ...madeA, object: stored(configMap('a'), 2, 2) },
      { send: 'POST', to: configMaps, body: configMap('old', {}, owned()), status: 201 },
      { send: 'POST', to: configMaps, body: configMap('new', {}, owned({ uid: '{uid-2}' })), status: 201 },
      gone(`${configMaps}/old`),
      { send: 'GET', to: `${configMaps}/new`, status: 200, fields: { '/metadata/deletionTimestamp': undefined } },
    ],
  },
  {
    title: 'a DELETE of a ReplicaSet without a policy takes its dependents along',
    on: 'both',
    steps: [
      { send: 'POST', to: replicaSets, body: replicaSet('web'), status: 201, fields: { '/metadata/uid': '{uid-1}' } },
      {
        send: 'POST',
        to: configMaps,
        body: configMap('b', {}, owned({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web' })),
        status: 201,
      },
      { send: 'DELETE', to: `${replicaSets}/web`, status: 200 },
      gone(`${configMaps}/b`),
    ],
  },
];

function owned(more: JsonObject = {}, finalizers?: string[]): JsonObject {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '{uid-1}', ...more };
  return { ownerReferences: [owner], ...(finalizers === undefined ? {} : { finalizers }) };
}

function firstOf(to: string, fields: NonNullable<Step['fields']>): Step {
  return { send: 'GET', to, status: 200, fields, until: 'asExpected' };
}
