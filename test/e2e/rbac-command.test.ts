import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { useCli } from '../support/cli.ts';

const cli = useCli();

const guard = `application: shop
environment: test
targets:
  - cluster: eu
    namespace: shop
    scope:
      selector: app=shop
      kinds: [v1/ConfigMap]
`;

it('prints Roles and bindings for a service account, each rule with its reason, and reads nothing but discovery', async () => {
  await cli.write('guard.yaml', guard);
  const { code, stdout, stderr } = await cli.belay(['rbac', '-f', 'guard.yaml', '--service-account', 'belay/worker']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('  # who scales\n  - apiGroups: [autoscaling]\n');
  const subject = { kind: 'ServiceAccount', namespace: 'belay', name: 'worker' };
  expect(parseAllDocuments(stdout).map((document) => document.toJS())).toMatchObject([
    { kind: 'Role', metadata: { name: 'belay:test:shop', namespace: 'shop' } },
    { kind: 'RoleBinding', metadata: { namespace: 'shop' }, roleRef: { kind: 'Role' }, subjects: [subject] },
    { kind: 'ClusterRole', metadata: { name: 'belay:test:shop' } },
    { kind: 'ClusterRoleBinding', roleRef: { kind: 'ClusterRole' }, subjects: [subject] },
  ]);
  expect(cli.cluster.audit().filter(({ verb }) => verb !== 'get')).toEqual([]);
});

it('prints the same as one JSON object', async () => {
  await cli.write('guard.yaml', guard);
  const { code, stdout } = await cli.belay(['rbac', '-f', 'guard.yaml', '--cluster', 'eu', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    event: 'rbac',
    cluster: 'eu',
    objects: [{ kind: 'Role' }, { kind: 'ClusterRole' }],
  });
});

it.each([
  [
    'a cluster without a target',
    guard,
    ['--cluster', 'us'],
    'guard.yaml targets: has no target in cluster "us"; name one of eu',
  ],
  [
    'a cluster that belay.yaml does not name',
    guard.replace('cluster: eu', 'cluster: eeu'),
    [],
    'guard.yaml:4:14 targets[0].cluster: cluster "eeu" is not in belay.yaml; did you mean "eu"?',
  ],
  [
    'a kind that the cluster does not serve',
    guard.replace('[v1/ConfigMap]', '[x.example/v1/Thing]'),
    [],
    'guard.yaml targets: cluster eu does not serve x.example/v1/Thing; install what defines it first, or correct the scope',
  ],
  ['a service account without its namespace', guard, ['--service-account', 'worker'], 'write <namespace>/<name>'],
])('%s is exit 2, and nothing is printed', async (_, file, options, message) => {
  await cli.write('guard.yaml', file);
  const { code, stdout, stderr } = await cli.belay(['rbac', '-f', 'guard.yaml', ...options]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
