import { expect, test } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { installSmallApp } from '../support/small-app.ts';

const engine = useEngine();

test('a bad image in one cluster is found, and all three clusters are put back exactly', async () => {
  const app = await installSmallApp(engine.sandbox, 'bad-image');
  const before = await app.content();
  const guard = await engine.start(engine.request(app.name));
  await guard.ready();

  for (const cluster of ['eu', 'us', 'ap']) {
    await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
    await app.put(cluster, app.configMap('promotions', { half: 'price' }));
    await app.remove(cluster, app.path('configmaps', 'banner'));
  }
  await app.put('us', app.deployment('registry/app:v2-missing'));
  await guard.deployed();

  const result = await guard.result();
  expect(result).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
  expect(await app.content()).toEqual(before);
});
