import type { LabCluster } from '../lab/lab.ts';
import type { KcpServer } from '../support/kcp-app.ts';
import { describeWorkspaces } from '../support/kcp-rules.ts';
import { effectsIn, requestsOf } from '../support/lab-audit.ts';
import { useLabEngine } from '../support/lab-engine.ts';

/** Real API servers stand in for logical clusters: storage, rights, dry runs and field ownership are theirs. */
describeWorkspaces((entries) => {
  const engine = useLabEngine({ entries: (lab) => entries(lab.kubeconfig(lab.engine)) });
  const { lab } = engine;
  return {
    start: engine.start,
    access: (name) => {
      const { url, ca, credentials } = lab.cluster(name);
      return { url, ca, ...credentials(lab.engine) };
    },
    server: (name) => serverOf(lab.cluster(name), { admin: 'admin', deployer: lab.deployer }),
    namespace: async (prefix) => (await engine.application(prefix)).name,
    writes: async (name, namespace) => effectsIn(await requestsOf(lab, lab.cluster(name), namespace)),
  };
});

function serverOf(cluster: LabCluster, users: Readonly<Record<'admin' | 'deployer', string>>): KcpServer {
  const admin = cluster.as('admin');
  return {
    read: admin.read,
    list: admin.list,
    send: async (as, method, path, body) => {
      const answer = await cluster.as(users[as]).request(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    },
  };
}
