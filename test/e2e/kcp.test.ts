import type { SandboxCluster } from '../../src/sandbox/index.ts';
import { useEngine } from '../support/engine.ts';
import type { KcpServer } from '../support/kcp-app.ts';
import { describeWorkspaces } from '../support/kcp-rules.ts';
import { uniqueName } from '../support/temporal.ts';

describeWorkspaces((entries) => {
  const engine = useEngine({ entries: (sandbox) => entries(sandbox.kubeconfig('engine')) });
  const clusterOf = (name: string) => engine.sandbox.cluster(name);
  return {
    start: engine.start,
    access: (cluster) => {
      const { url, tokens } = clusterOf(cluster);
      return { url, token: tokens.engine };
    },
    server: (cluster) => serverOf(clusterOf(cluster)),
    namespace: async (prefix) => {
      const name = uniqueName(prefix);
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      for (const cluster of Object.values(engine.sandbox.clusters))
        await serverOf(cluster).send('admin', 'POST', '/api/v1/namespaces', namespace);
      return name;
    },
    writes: async (cluster, namespace) => {
      const changes = clusterOf(cluster)
        .audit()
        .filter((entry) => entry.user === 'engine' && entry.namespace === namespace && entry.method !== 'GET')
        .filter(({ resource, dryRun }) => resource !== 'leases' && !dryRun);
      return changes.map(({ verb, resource, name }) => `${verb} ${resource}/${name}`);
    },
  };
});

function serverOf(cluster: SandboxCluster): KcpServer {
  return {
    read: async (path) => cluster.read(path),
    list: async (path) => cluster.list(path),
    send: async (user, method, path, body) => {
      const answer = await cluster.request(method, path, body, { user, userAgent: `kcp-${user}` });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    },
  };
}
