import { describe, expect, it } from 'vitest';
import { loadClusterConnections } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { createKubernetesCluster } from '../../../src/adapters/kubernetes/kubernetes-cluster.ts';
import { startSandbox } from '../../../src/sandbox/index.ts';
import { clusterContract } from './support/cluster-contract.ts';
import { makeFolder } from './support/kubeconfig-files.ts';
import { cleanUp, failureOf, WRITE } from './support/rig.ts';

async function openSandbox(user: 'admin' | 'engine' = 'admin') {
  const sandbox = await startSandbox({ clusters: ['east'], workloads: 'off' });
  cleanUp(() => sandbox.stop());
  const file = await (await makeFolder()).write('config', sandbox.kubeconfig(user));
  const [loaded] = await loadClusterConnections([{ name: 'east', kubeconfig: file, context: 'east' }]);
  if (!loaded) throw new Error('nothing was loaded');
  const cluster = createKubernetesCluster({ ...loaded, requestTimeout: 300 });
  cleanUp(() => cluster.close());
  const namespace = 'shop';
  await sandbox.cluster('east').request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  return { east: sandbox.cluster('east'), cluster, namespace };
}

describe('a sandbox cluster', () => {
  clusterContract('sandbox', openSandbox);
});

describe('when something is wrong', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } };
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'web', namespace: 'shop' };

  it.each([
    ['done, then cut', { kind: 'doThenDrop' }, true],
    ['cut before it is done', { kind: 'drop' }, false],
    ['done, then never answered', { kind: 'doThenBlackHole' }, true],
    ['never done nor answered', { kind: 'blackHole' }, false],
  ] as const)('a create that is %s is unclear, and a read tells', async (_name, effect, isDone) => {
    const { east, cluster } = await openSandbox();
    const fault = east.faults.inject({ match: { method: 'POST', path: 'configmaps' }, effect });
    expect(await failureOf(cluster.create(object, WRITE))).toMatchObject({ kind: 'unclear' });
    expect(fault.fired).toBe(1);
    expect((await cluster.get(ref)) !== undefined).toBe(isDone);
  });

  it('after close, nothing is sent any more', async () => {
    const { east, cluster } = await openSandbox();
    await cluster.close();
    const before = east.audit().length;
    expect(await failureOf(cluster.create(object, WRITE))).toMatchObject({ kind: 'unavailable' });
    expect(east.audit()).toHaveLength(before);
  });

  it('a right that was taken away is denied, and mayI says so', async () => {
    const { east, cluster } = await openSandbox('engine');
    east.deny({ user: 'engine', verb: 'create', resource: 'configmaps' });
    expect(await failureOf(cluster.create(object, WRITE))).toMatchObject({ kind: 'denied' });
    expect(await cluster.mayI('create', ref)).toBe(false);
    expect(await cluster.mayI('get', ref)).toBe(true);
  });
});
