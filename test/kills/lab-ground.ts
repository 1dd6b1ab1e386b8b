import { type JsonObject, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { clusterNames } from '../support/engine.ts';
import type { TestLab } from '../support/lab.ts';
import { readContent } from '../support/lab-content.ts';
import { createSmallApp, deployFirst, type SmallApp } from '../support/small-app.ts';
import type { ClusterName, Ground } from './ground.ts';
import { type LabFront, openLabFront } from './lab-front.ts';

/** Real clusters, shared with other lanes; what stands before them is this lane's own. */
export async function openLabGround(lab: TestLab): Promise<Ground> {
  const open = (name: ClusterName, other: ClusterName) => openLabFront(lab.cluster(name), lab.cluster(other));
  const [eu, us, ap] = await Promise.all([open('eu', 'us'), open('us', 'ap'), open('ap', 'eu')]);
  const fronts = { eu, us, ap };
  return {
    kubeconfig: through(lab.kubeconfig(lab.engine), fronts),
    fronts,
    install: (prefix) => installLabApp(lab, prefix),
    holders: async (app) => {
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${app.name}/leases`;
      const held = clusterNames.map(async (name) => {
        const [lease] = await lab.cluster(name).as('admin').list(leases);
        return [name, (lease && textAt(lease, 'spec', 'holderIdentity')) ?? ''];
      });
      return Object.fromEntries(await Promise.all(held));
    },
    writes: (app) => Object.values(fronts).flatMap((front) => writesTo(front, app)),
    close: async () => {
      await Promise.all(Object.values(fronts).map((front) => front.close()));
    },
  };
}

function through(kubeconfig: string, fronts: Readonly<Record<string, LabFront>>): string {
  const config = JSON.parse(kubeconfig) as JsonObject;
  const clusters = objectsAt(config, 'clusters').map((entry) => {
    const server = fronts[textAt(entry, 'name') ?? '']?.url ?? '';
    return { ...entry, cluster: { ...(entry.cluster as JsonObject), server } };
  });
  return JSON.stringify({ ...config, clusters });
}

async function installLabApp(lab: TestLab, prefix: string): Promise<SmallApp> {
  const name = await lab.namespace(prefix);
  const deployer = (cluster: string) => lab.cluster(cluster).as(lab.deployer);
  const app = createSmallApp(name, {
    put: async (cluster, json) => {
      const object = json as JsonObject;
      const isThere = await deployer(cluster).read(await deployer(cluster).pathOf(object));
      await (isThere ? deployer(cluster).replace(object) : deployer(cluster).create(object));
    },
    remove: async (cluster, path) => {
      await deployer(cluster).remove(path);
    },
    content: async () => {
      const contents = lab.clusters.map(async (cluster) => [cluster.name, await readContent([cluster], name)]);
      return Object.fromEntries(await Promise.all(contents));
    },
  });
  await Promise.all(
    lab.clusters.map((cluster) => deployFirst(app, cluster.name, (path) => cluster.as('admin').read(path))),
  );
  return app;
}

function writesTo({ answered }: LabFront, app: SmallApp): string[] {
  const isWrite = ({ method, dryRun, status, path }: LabFront['answered'][number]) =>
    !['GET', 'PATCH'].includes(method) &&
    !dryRun &&
    status < 300 &&
    path.includes(`/namespaces/${app.name}/`) &&
    !path.includes('/leases');
  return answered.filter(isWrite).map(({ cluster, path }) => `${cluster}: ${path.split('?')[0]}`);
}
