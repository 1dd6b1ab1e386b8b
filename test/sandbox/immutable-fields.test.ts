import { beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, objectAt, type SandboxCluster } from '../../src/sandbox/index.ts';
import {
  CLAIMS,
  CONFIG_MAPS,
  configMap,
  DAEMON_SETS,
  DEPLOYMENTS,
  deployment,
  JOBS,
  oneCluster,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
  statefulSet,
  template,
  until,
} from './support.ts';

let cluster: SandboxCluster;

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'x' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x:v1' }] } } },
};
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'x' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'x' },
  roleRef: { kind: 'Role', name: 'a' },
};
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } };

beforeAll(async () => {
  const started = await oneCluster();
  cluster = started.cluster;
  const objects: [string, JsonObject][] = [
    [DEPLOYMENTS, deployment('x', 'x:v1')],
    [STATEFUL_SETS, statefulSet('x', 'x:v1')],
    [
      DAEMON_SETS,
      {
        ...deployment('x', 'x:v1'),
        kind: 'DaemonSet',
        spec: { selector: { matchLabels: { app: 'x' } }, template: template('x', 'x:v1') },
      },
    ],
    [JOBS, job],
    [CLAIMS, claim],
    [SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, stringData: { a: 'b' } }],
    [CONFIG_MAPS, { ...configMap('x'), immutable: true }],
    [SERVICES, service],
    [BINDINGS, binding],
  ];
  for (const [path, body] of objects) expect(await cluster.request('POST', path, body)).toMatchObject({ status: 201 });
  await until('the claim is bound', () => objectAt(cluster.read(`${CLAIMS}/x`), 'status').phase === 'Bound');
  return () => started[Symbol.asyncDispose]();
});

const otherLabels = { selector: { matchLabels: { app: 'y' } }, template: { metadata: { labels: { app: 'y' } } } };

const refusals: [string, string, JsonObject, string][] = [
  ['Deployment selector', DEPLOYMENTS, { spec: otherLabels }, 'spec.selector'],
  ['DaemonSet selector', DAEMON_SETS, { spec: otherLabels }, 'spec.selector'],
  ['StatefulSet serviceName', STATEFUL_SETS, { spec: { serviceName: 'y' } }, 'spec.serviceName'],
  [
    'StatefulSet podManagementPolicy',
    STATEFUL_SETS,
    { spec: { podManagementPolicy: 'Parallel' } },
    'spec.podManagementPolicy',
  ],
  ['Job template', JOBS, { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } }, 'spec.template'],
  [
    'a bound claim shrinking',
    CLAIMS,
    { spec: { resources: { requests: { storage: '500Mi' } } } },
    'spec.resources.requests.storage',
  ],
  ['a claim changing its volume mode', CLAIMS, { spec: { volumeMode: 'Block' } }, 'volumeMode'],
  ['Secret type', SECRETS, { type: 'other' }, 'type'],
  ['immutable ConfigMap data', CONFIG_MAPS, { data: { a: '2' } }, 'data'],
  ['immutable ConfigMap immutability', CONFIG_MAPS, { immutable: null }, 'immutable'],
  ['Service clusterIP', SERVICES, { spec: { clusterIP: '10.96.0.9' } }, 'spec.clusterIPs[0]'],
  ['RoleBinding roleRef', BINDINGS, { roleRef: { name: 'b' } }, 'roleRef'],
];

describe('a field that may not change', () => {
  it.each(refusals)('%s is 422 Invalid and names the field, dry or real', async (_title, path, patch, field) => {
    for (const query of ['?dryRun=All', '']) {
      const answer = await cluster.request('PATCH', `${path}/x${query}`, patch);
      expect(answer).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      expect(objectAt(answer.body, 'details').causes).toContainEqual(expect.objectContaining({ field }));
    }
  });

  it('does not stop a claim from growing', async () => {
    expect(
      await cluster.request('PATCH', `${CLAIMS}/x`, { spec: { resources: { requests: { storage: '2Gi' } } } }),
    ).toMatchObject({ status: 200 });
  });
});

describe('the server', () => {
  it('keeps a clusterIP that a PUT leaves out', async () => {
    const before = objectAt(cluster.read(`${SERVICES}/x`), 'spec').clusterIP;
    const { body } = await cluster.request('PUT', `${SERVICES}/x`, { ...service, spec: { ports: [{ port: 81 }] } });
    expect(objectAt(body, 'spec').clusterIP).toBe(before);
  });

  it('refuses a taken clusterIP, but not in a dry run', async () => {
    const clusterIP = objectAt(cluster.read(`${SERVICES}/x`), 'spec').clusterIP;
    const second = { ...service, metadata: { name: 'second' }, spec: { clusterIP, ports: [{ port: 80 }] } };
    expect(await cluster.request('POST', `${SERVICES}?dryRun=All`, second)).toMatchObject({ status: 201 });
    expect(await cluster.request('POST', SERVICES, second)).toMatchObject({ status: 422 });
  });

  it('folds stringData into data', () => {
    expect(cluster.read(`${SECRETS}/x`)).toMatchObject({ type: 'Opaque', data: { a: 'Yg==' } });
    expect(cluster.read(`${SECRETS}/x`)).not.toHaveProperty('stringData');
  });

  it('counts DaemonSet templates in an annotation, whatever is sent', async () => {
    const annotation = 'deprecated.daemonset.template.generation';
    const sent = { metadata: { annotations: { [annotation]: '77' } } };
    const { body } = await cluster.request('PATCH', `${DAEMON_SETS}/x`, sent);
    expect(objectAt(body, 'metadata', 'annotations')[annotation]).toBe('1');
    const changed = await cluster.request('PATCH', `${DAEMON_SETS}/x`, {
      spec: { template: { metadata: { annotations: { a: 'b' } } } },
    });
    expect(objectAt(changed.body, 'metadata', 'annotations')[annotation]).toBe('2');
  });
});
