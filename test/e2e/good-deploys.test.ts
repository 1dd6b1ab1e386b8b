import { expect, test } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { installSmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const engine = useEngine();

test('a deploy that takes a workload away on purpose is kept', async () => {
  const app = await installSmallApp(engine.sandbox, uniqueName('lean'));
  const guard = await engine.start(engine.request(app.name, { bake: '1s', deadline: '60s' }));
  await guard.ready();
  await app.remove('us', `/apis/apps/v1/namespaces/${app.name}/deployments/web`);
  await app.put('us', app.configMap('settings', { mode: 'static' }));
  await guard.deployed();
  expect(await guard.result()).toMatchObject({ outcome: 'kept' });
});
