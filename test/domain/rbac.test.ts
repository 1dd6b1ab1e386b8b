import { describe, expect, it } from 'vitest';
import { type RightsQuestion, rightsFor } from '../../src/domain/rbac.ts';
import type { ResolvedTarget } from '../../src/schema/resolved-request.ts';

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

const named = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', name });

function served(...lines: string[]): RightsQuestion['types'] {
  return lines.map((line) => {
    const [apiVersion = '', kind = '', resource = '', scope = 'namespaced'] = line.split(' ');
    return { apiVersion, kind, resource, scope: scope === 'cluster' ? 'cluster' : 'namespaced' };
  });
}

const types = served(
  'v1 ConfigMap configmaps',
  'v1 Secret secrets',
  'v1 PersistentVolumeClaim persistentvolumeclaims',
  'v1 ServiceAccount serviceaccounts',
  'v1 Pod pods',
  'v1 Namespace namespaces cluster',
  'apps/v1 Deployment deployments',
  'apps/v1 ReplicaSet replicasets',
  'autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers',
  'policy/v1 PodDisruptionBudget poddisruptionbudgets',
  'rbac.authorization.k8s.io/v1 Role roles',
  'apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions cluster',
  'mesh.example/v1 Router routers',
  'kustomize.toolkit.fluxcd.io/v1 Kustomization kustomizations',
);

function rights(scope: Partial<ResolvedTarget['scope']>, more: Partial<RightsQuestion> = {}) {
  const target: ResolvedTarget = {
    id: 'eu',
    cluster: 'eu',
    namespace: 'shop',
    taskQueue: '',
    watchQueue: '',
    lockNamespace: 'locks',
    scope: { refs: [], selector: null, kinds: [], kindsAre: 'default', exclude: [], closure: false, ...scope },
  };
  const targets = [target];
  const usual = { manifests: [], consent: [], smokeTests: [], types, lease: 'belay-1', freezes: false } as const;
  return rightsFor({ targets, identity: 'cluster', ...usual, ...more });
}

/** `shop: apps deployments [names]: verbs`, one line per rule. */
function lines(...question: Parameters<typeof rights>): string[] {
  return rights(...question).roles.flatMap(({ namespace, rules }) =>
    rules.map(({ apiGroups, resources, resourceNames, verbs }) => {
      const names = resourceNames ? ` [${resourceNames}]` : '';
      return `${namespace ?? '*'}: ${apiGroups.join()}/${resources}${names}: ${verbs.join(' ')}`;
    }),
  );
}

const selector = 'app=shop';

it('a freeze takes a policy and its binding by their name, and a write to try it out', () => {
  const without = lines({ selector, kinds: ['v1/Secret'] });
  const more = lines({ selector, kinds: ['v1/Secret'] }, { freezes: true }).filter((line) => !without.includes(line));
  const resources = 'validatingadmissionpolicies,validatingadmissionpolicybindings';
  expect(more).toEqual([
    'shop: /configmaps: create',
    `*: admissionregistration.k8s.io/${resources} [belay-freeze-1]: get update delete`,
    `*: admissionregistration.k8s.io/${resources}: create`,
  ]);
});

it('a smoke test takes Jobs and the logs of their pods, in its target alone', () => {
  const without = lines({ selector, kinds: ['v1/Secret'] });
  const added = (target: string) =>
    lines({ selector, kinds: ['v1/Secret'] }, { smokeTests: [target] }).filter((line) => !without.includes(line));
  expect(added('eu')).toEqual(['shop: /pods/log: get', 'shop: batch/jobs: get create delete']);
  expect(added('us')).toEqual([]);
});

describe('the rights for a scope', () => {
  it('are all verbs on its kinds, lists that tell health, the lock by its name, and who the cluster is', () => {
    expect(lines({ selector, kinds: ['apps/v1/Deployment', 'v1/ConfigMap'] })).toEqual([
      'locks: coordination.k8s.io/leases [belay-1]: get update',
      'locks: coordination.k8s.io/leases: create',
      'shop: /pods/eviction: create',
      `shop: /configmaps: ${all.join(' ')}`,
      'shop: /pods: list watch delete',
      `shop: apps/deployments: ${all.join(' ')}`,
      'shop: apps/replicasets: list watch',
      'shop: autoscaling/horizontalpodautoscalers: list',
      '*: /namespaces [kube-system]: get',
    ]);
  });

  it('are limited to the names of refs and manifests, which a create cannot be', () => {
    const manifests = [{ apiVersion: 'v1', kind: 'Secret', namespace: 'other', name: 'payment' }];
    const found = lines({ refs: [named('shop'), { apiVersion: 'v1', kind: 'ConfigMap', name: 'one' }] }, { manifests });
    expect(found).toContain('shop: /configmaps [one]: get update patch delete');
    expect(found).toContain('shop: /configmaps: create');
    expect(found).toContain('other: /secrets [payment]: get update patch delete');
    expect(found).toContain('*: /namespaces [shop]: get update patch');
  });

  it('name no object of a kind that is allowed as a whole', () => {
    const refs = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'one' }];
    const found = lines({ selector, kinds: ['v1/ConfigMap'], refs });
    expect(found.filter((line) => line.includes('configmaps'))).toEqual([`shop: /configmaps: ${all.join(' ')}`]);
  });

  it('cover what pods name, what aims at workloads, and definitions by name, with closure', () => {
    const found = lines({ selector, kinds: ['mesh.example/v1/Router'], closure: true });
    expect(found).toContain(`shop: /configmaps,secrets,serviceaccounts: ${all.join(' ')}`);
    expect(found).toContain(`shop: policy/poddisruptionbudgets: ${all.join(' ')}`);
    expect(found).toContain(
      '*: apiextensions.k8s.io/customresourcedefinitions [routers.mesh.example]: get update patch',
    );
  });

  it('do not cover Secrets where nothing of the scope has pods', () => {
    expect(lines({ selector, kinds: ['v1/ConfigMap'], closure: true }).join('\n')).not.toContain('secrets');
  });

  it('let nobody delete or make anew what holds data, unless consent says so', () => {
    const scope = { selector, kinds: ['v1/PersistentVolumeClaim'] };
    const allow = (kind: 'recreate' | 'delete') => lines(scope, { consent: [{ allow: kind }] });
    expect(lines(scope)).toContain('shop: /persistentvolumeclaims: get list watch update patch');
    expect(allow('delete')).toContain('shop: /persistentvolumeclaims: get list watch update patch delete');
    expect(allow('recreate')).toContain(`shop: /persistentvolumeclaims: ${all.join(' ')}`);
  });

  it('cover the records of deploy tools, and only a look at what Flux keeps', () => {
    const found = lines({
      inventory: [{ kapp: 'web' }, { flux: { kind: 'Kustomization', name: 'apps', namespace: 'flux-system' } }],
    });
    expect(found).toContain('shop: /configmaps [web,web.apps.k14s.io]: get update patch delete');
    expect(found).toContain('flux-system: kustomize.toolkit.fluxcd.io/kustomizations [apps]: get');
    expect(lines({ inventory: [{ helm: 'web' }] })).toContain(`shop: /secrets: ${all.join(' ')}`);
  });

  it('tell a workspace of kcp by its logical cluster, and by its namespace default where that is not served', () => {
    const logical = served('core.kcp.io/v1alpha1 LogicalCluster logicalclusters cluster');
    expect(lines({ selector }, { identity: 'workspace', types: [...types, ...logical] })).toContain(
      '*: core.kcp.io/logicalclusters [cluster]: get',
    );
    expect(lines({ selector }, { identity: 'workspace' })).toContain('*: /namespaces [default]: get');
  });

  it('never hold a wildcard, "escalate" or "bind"; restoring Roles is said to need more', () => {
    const found = rights({ selector, kinds: ['rbac.authorization.k8s.io/v1/Role'], closure: true });
    const words = found.roles.flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }): readonly string[] => [...apiGroups, ...resources, ...verbs]),
    );
    expect(words).toContain('roles');
    for (const word of ['*', 'escalate', 'bind']) expect(words).not.toContain(word);
    expect(found.notes.join('\n')).toContain('To restore Roles and bindings the worker must itself have every right');
  });
});

describe('a kind that the cluster does not serve', () => {
  it('is missing when the scope asks for it by name, and merely not there among the default kinds', () => {
    const kinds = ['x.example/v1/Thing'];
    expect(rights({ selector, kinds, kindsAre: 'listed' }).missing).toEqual(kinds);
    expect(rights({ selector, kinds, kindsAre: 'default' }).missing).toEqual([]);
    expect(rights({ refs: [{ apiVersion: 'x.example/v1', kind: 'Thing', name: 'a' }] }).missing).toEqual([
      'x.example/v1 Thing/a',
    ]);
  });

  it('is told when manifests name it: the deploy may bring it', () => {
    const manifests = [{ apiVersion: 'x.example/v1', kind: 'Thing', name: 'a' }];
    const { missing, notes } = rights({ selector }, { manifests });
    expect(missing).toEqual([]);
    expect(notes).toContain('x.example/v1/Thing, named in manifests, is not served now: make this anew once it is.');
  });
});
