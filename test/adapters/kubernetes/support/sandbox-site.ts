import { loadClusterConnections } from '../../../../src/adapters/kubernetes/kubeconfig.ts';
import {
  createKubernetesCluster,
  type KubernetesClusterOptions,
} from '../../../../src/adapters/kubernetes/kubernetes-cluster.ts';
import type { Cluster, ListQuery } from '../../../../src/ports/cluster.ts';
import { type JsonObject, type SandboxCluster, startSandbox } from '../../../../src/sandbox/index.ts';
import { pollUntil } from '../../../support/poll.ts';
import { makeFolder } from './kubeconfig-files.ts';
import { cleanUp } from './rig.ts';

export interface SandboxSite {
  /** The server, as its admin. */
  readonly east: SandboxCluster;
  /** The adapter, as the engine. */
  readonly cluster: Cluster & { close(): Promise<void> };
  /** ConfigMaps of the namespace `shop`. */
  readonly query: ListQuery;
  put(name: string, labels?: JsonObject): Promise<JsonObject>;
  remove(name: string): Promise<void>;
  /** How often the engine asked for these ConfigMaps. */
  asked(verb: 'list' | 'watch' | 'get'): number;
}

export const CONFIG_MAPS = '/api/v1/namespaces/shop/configmaps';

export async function openSandboxSite(options: Partial<KubernetesClusterOptions> = {}): Promise<SandboxSite> {
  const sandbox = await startSandbox({ clusters: ['east'], workloads: 'off' });
  cleanUp(() => sandbox.stop());
  const file = await (await makeFolder()).write('config', sandbox.kubeconfig('engine'));
  const [loaded] = await loadClusterConnections([{ name: 'east', kubeconfig: file, context: 'east' }]);
  if (!loaded) throw new Error('nothing was loaded');
  const cluster = createKubernetesCluster({ ...loaded, readTimeout: 300, listTimeout: 300, ...options });
  cleanUp(() => cluster.close());
  const east = sandbox.cluster('east');
  await east.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const furnished = `${CONFIG_MAPS}/kube-root-ca.crt`;
  await pollUntil(
    'the namespace is furnished',
    async () => east.read(furnished),
    (object) => object !== undefined,
  );
  await east.request('DELETE', furnished);
  const type = (await cluster.discover()).find(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1');
  if (!type) throw new Error('ConfigMaps are not served');
  return {
    east,
    cluster,
    query: { type, namespace: 'shop' },
    put: async (name, labels = {}) => {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } };
      const isThere = east.read(`${CONFIG_MAPS}/${name}`) !== undefined;
      const answer = isThere
        ? await east.request('PUT', `${CONFIG_MAPS}/${name}`, body)
        : await east.request('POST', CONFIG_MAPS, body);
      return answer.body;
    },
    remove: async (name) => void (await east.request('DELETE', `${CONFIG_MAPS}/${name}`)),
    asked: (verb) =>
      east
        .audit()
        .filter((entry) => entry.verb === verb && entry.path.startsWith(CONFIG_MAPS) && entry.user === 'engine').length,
  };
}
