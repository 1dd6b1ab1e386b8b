import { startSandbox } from '../../src/sandbox/index.ts';
import { changesByEngine, holderIn } from '../support/bad-deploy.ts';
import { clusterNames } from '../support/engine.ts';
import { installSmallApp } from '../support/small-app.ts';
import type { ClusterName, Front, Ground } from './ground.ts';

export async function openSandboxGround(): Promise<Ground> {
  const sandbox = await startSandbox({ clusters: [...clusterNames], speed: 10 });
  const front = (name: ClusterName): Front => {
    const cluster = sandbox.cluster(name);
    return {
      inject: ({ match, ...fault }) => cluster.faults.inject({ ...fault, match: { ...match, user: 'engine' } }),
      refuse: () => cluster.refuse(),
      restore: () => cluster.restore(),
    };
  };
  return {
    kubeconfig: sandbox.kubeconfig('engine'),
    fronts: { eu: front('eu'), us: front('us'), ap: front('ap') },
    install: (name) => installSmallApp(sandbox, name),
    holders: async (app) => Object.fromEntries(clusterNames.map((name) => [name, holderIn(sandbox, name, app)])),
    writes: (app) =>
      changesByEngine(sandbox, app).flatMap(({ cluster, method, resource, name, path }) =>
        method === 'PATCH' ? [] : [`${cluster}: ${resource}/${name || path}`],
      ),
    close: () => sandbox.stop(),
  };
}
