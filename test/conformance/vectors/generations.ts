import {
  configMap,
  configMaps,
  daemonSet,
  daemonSets,
  deployment,
  deployments,
  replicaSet,
  replicaSets,
  stored,
} from '../objects.ts';
import type { Vector } from '../vector.ts';

const generation = '/metadata/annotations/deprecated.daemonset.template.generation';

/** What counts up, and who counts. */
export const generations: readonly Vector[] = [
  {
    title: 'a PUT ignores generation, whether the kind counts its own or not',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201, object: stored(configMap('a'), 1, 1) },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        body: configMap('a', { mode: 'calm' }, { generation: 7 }),
        status: 200,
        object: stored(configMap('a'), 1, 1),
      },
      { send: 'POST', to: replicaSets, body: replicaSet('a'), status: 201 },
      {
        send: 'PUT',
        to: `${replicaSets}/a`,
        body: { ...replicaSet('a'), metadata: { name: 'a', generation: 7 } },
        status: 200,
        fields: { '/metadata/generation': 1 },
      },
    ],
  },
  {
    title: "a change of the pod template counts a Deployment's generation, a label does not, an annotation does",
    on: 'both',
    steps: [
      { send: 'POST', to: deployments, body: deployment('web'), status: 201, fields: { '/metadata/generation': 1 } },
      {
        send: 'MERGE',
        to: `${deployments}/web`,
        body: { metadata: { labels: { x: 'y' } } },
        status: 200,
        fields: { '/metadata/generation': 1 },
      },
      {
        send: 'MERGE',
        to: `${deployments}/web`,
        body: { metadata: { annotations: { x: 'y' } } },
        status: 200,
        fields: { '/metadata/generation': 2 },
      },
      {
        send: 'MERGE',
        to: `${deployments}/web`,
        body: { spec: { template: { metadata: { annotations: { x: 'y' } } } } },
        status: 200,
        fields: { '/metadata/generation': 3 },
      },
    ],
  },
  {
    title: "a DaemonSet's template generation counts up whatever is sent",
    on: 'both',
    steps: [
      { send: 'POST', to: daemonSets, body: daemonSet('agent'), status: 201, fields: { [generation]: '1' } },
      {
        send: 'MERGE',
        to: `${daemonSets}/agent`,
        body: { spec: { template: { metadata: { annotations: { x: 'y' } } } } },
        status: 200,
        fields: { [generation]: '2' },
      },
      { send: 'PUT', to: `${daemonSets}/agent`, resend: 1, status: 200, fields: { [generation]: '3' } },
    ],
  },
  {
    title: 'the Deployment controller puts the revision annotation back that a PUT left out',
    on: 'both',
    steps: [
      { send: 'POST', to: deployments, body: deployment('web'), status: 201 },
      {
        send: 'GET',
        to: `${deployments}/web`,
        status: 200,
        fields: { '/metadata/annotations/deployment.kubernetes.io~1revision': '1' },
        until: 'asExpected',
      },
      { send: 'PUT', to: `${deployments}/web`, resend: 1, status: 200, fields: { '/metadata/annotations': undefined } },
      {
        send: 'GET',
        to: `${deployments}/web`,
        status: 200,
        fields: { '/metadata/annotations/deployment.kubernetes.io~1revision': '1' },
        until: 'asExpected',
      },
    ],
  },
];
