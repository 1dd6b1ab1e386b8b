import { expect, test } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { send } from '../support/small-app.ts';

const engine = useEngine();

test('a deploy of plain data only is kept after the bake', async () => {
  const name = 'data-only';
  const configMap = (mode: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: name, labels: { app: name } },
    data: { mode },
  });
  for (const cluster of Object.values(engine.sandbox.clusters)) {
    await send(cluster, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await send(cluster, 'POST', `/api/v1/namespaces/${name}/configmaps`, configMap('calm'));
  }
  const guard = await engine.start(engine.request(name));
  await guard.ready();
  for (const cluster of Object.values(engine.sandbox.clusters)) {
    await send(cluster, 'PUT', `/api/v1/namespaces/${name}/configmaps/settings`, configMap('busy'));
  }
  await guard.deployed();
  expect(await guard.result()).toMatchObject({ outcome: 'kept' });
});
