import { expect, test } from 'vitest';
import { bindingOf, type Freeze, freezeName, isFreeze, policyOf, probeOf } from '../../src/domain/freeze.ts';
import { at } from '../../src/domain/kubernetes/json.ts';

const freeze: Freeze = {
  name: 'belay-freeze-0123456789abcdef',
  namespaces: ['shop', 'shop-jobs'],
  user: 'system:serviceaccount:belay:worker',
  application: 'production/shop',
  workflowId: 'belay:production/shop',
  operationId: 'fedcba9876543210',
};
const policy = policyOf(freeze);
const conditions = at(policy, 'spec', 'matchConditions') as { name: string; expression: string }[];
const condition = (name: string) => conditions.find((one) => one.name === name)?.expression;

test('is named after the application’s Lease', () => {
  expect(freezeName('belay-0123456789abcdef')).toBe(freeze.name);
});

test('is about every object and subresource in the namespaces of the targets, and no other', () => {
  expect(at(policy, 'spec', 'matchConstraints')).toMatchObject({
    namespaceSelector: {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'shop-jobs'] }],
    },
    resourceRules: [{ resources: ['*/*'], operations: ['CREATE', 'UPDATE', 'DELETE'], scope: 'Namespaced' }],
  });
});

test('lets Belay write, but for its own probe', () => {
  const probe = probeOf(freeze.name, 'shop').metadata.name;
  expect(condition('not-belay')).toBe(
    `(object != null && object.metadata.name == "${probe}") || request.userInfo.username != "system:serviceaccount:belay:worker"`,
  );
});

test('lets the control plane write, and no ServiceAccount but those of kube-system', () => {
  const expression = condition('not-the-control-plane') ?? '';
  const prefixes = [...expression.matchAll(/startsWith\("([^"]+)"\)/g)].map(([, prefix]) => prefix);
  expect(prefixes).toEqual(['system:node:', 'system:serviceaccount:kube-system:']);
  expect(expression).toContain('["system:apiserver","system:kube-controller-manager","system:kube-scheduler"]');
});

test('leaves status, tokens, Leases and Events open', () => {
  expect(condition('content')).toBe('!(has(request.subResource) && request.subResource in ["status","token"])');
  expect(JSON.stringify(at(policy, 'spec', 'matchConstraints', 'excludeResourceRules'))).toMatch(/leases.*events/);
});

test('says who restores what, and where to look', () => {
  expect(at(policy, 'spec', 'validations')).toEqual([
    {
      expression: 'false',
      message:
        'Belay is restoring production/shop (run belay:production/shop) and nobody else may write until it is done: see "belay status production/shop"',
      reason: 'Forbidden',
    },
  ]);
});

test('is told from an application’s own policy of any name, and has no label that could make it a member', () => {
  for (const object of [policy, bindingOf(freeze)]) {
    expect(isFreeze(object)).toBe(true);
    expect(isFreeze({ ...object, metadata: { name: freeze.name } })).toBe(false);
    expect(object.metadata.labels).toBeUndefined();
  }
  expect(bindingOf(freeze)).toMatchObject({ spec: { policyName: freeze.name, validationActions: ['Deny'] } });
});
