import { expect, it } from 'vitest';
import { type JsonObject, objectAt, objectsAt, type SandboxCluster, textAt } from '../../src/sandbox/index.ts';
import { DAEMON_SETS, isReady, oneCluster, PODS, template, until } from './support.ts';

const agent = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent' },
  spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent', image) },
});

const statusOf = (cluster: SandboxCluster): JsonObject => objectAt(cluster.read(`${DAEMON_SETS}/agent`), 'status');
const nodeOf = (pod: JsonObject) => textAt(pod, 'spec', 'nodeName') ?? '';
const imageOn = (cluster: SandboxCluster, node: string) =>
  textAt(
    objectsAt(
      cluster.list(PODS).find((pod) => nodeOf(pod) === node),
      'spec',
      'containers',
    )[0],
    'image',
  );

it('a DaemonSet has one pod on each node, and replaces them', async () => {
  await using sandbox = await oneCluster({ nodes: 3 });
  const { cluster } = sandbox;
  await cluster.request('POST', DAEMON_SETS, agent('x:v1'));
  await until('all are ready', () => statusOf(cluster).numberReady === 3);
  expect(cluster.list(PODS).map(nodeOf).sort()).toEqual(['node-1', 'node-2', 'node-3']);
  await cluster.request('PUT', `${DAEMON_SETS}/agent`, agent('x:v2'));
  const isReplaced = ({ updatedNumberScheduled, numberReady }: JsonObject) =>
    updatedNumberScheduled === 3 && numberReady === 3;
  await until('all are replaced', () => isReplaced(statusOf(cluster)));
  expect(cluster.list(PODS).every(isReady)).toBe(true);
});

it('an update of a DaemonSet stops at the node on which it fails', async () => {
  await using sandbox = await oneCluster({ nodes: 2 });
  const { cluster } = sandbox;
  await cluster.request('POST', DAEMON_SETS, agent('x:v1'));
  await until('all are ready', () => statusOf(cluster).numberReady === 2);
  const bad = 'x:v2-missing-on-node-1';
  await cluster.request('PUT', `${DAEMON_SETS}/agent`, agent(bad));
  await until('it has come to the bad one', () => imageOn(cluster, 'node-1') === bad);
  await until('it is missed', () => statusOf(cluster).numberUnavailable === 1);
  const other = cluster.list(PODS).find((pod) => nodeOf(pod) === 'node-2');
  expect(other && isReady(other)).toBe(true);
});
