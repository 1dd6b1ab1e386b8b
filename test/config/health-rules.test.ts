import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { loadGuardFile } from '../../src/config.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-rules-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const start = `application: shop
environment: production
targets: [{ cluster: eu, namespace: shop, scope: { selector: app=shop } }]
health:
`;

async function load(rules: string) {
  const path = join(folder, 'guard.yaml');
  await writeFile(path, start + rules);
  return await loadGuardFile(path, { shown: 'guard.yaml', expressions: async () => createCelExpressions() });
}

const router = '  - { kind: mesh.example/v1/Router, healthy: object.status.ok }\n';

it('the rules of a guard file are part of the request', async () => {
  const { spec } = await load(router);
  expect(spec.health).toEqual([{ kind: 'mesh.example/v1/Router', healthy: 'object.status.ok' }]);
});

describe('refused, with place, field and fix, is', () => {
  it.each([
    [
      'a condition that is none',
      '  - kind: mesh.example/v1/Router\n    healthy: "true"\n    failed: status.bad\n',
      'guard.yaml:7:13 health[0].failed: is no usable condition: Unknown variable: status; write a CEL condition over "object", such as object.status.phase == "Ready"',
    ],
    [
      'a kind without its version',
      '  - { kind: Router, healthy: "true" }\n',
      'guard.yaml:5:13 health[0].kind: "Router" is not allowed; must be "<apiVersion>/<Kind>" such as "apps/v1/Deployment"',
    ],
    [
      'a rule that looks into Secrets',
      '  - { kind: v1/Secret, healthy: "true" }\n',
      'guard.yaml:5:13 health[0].kind: "v1/Secret" is not allowed; must not be "v1/Secret": Secrets are never looked into',
    ],
    [
      'a second rule for a kind',
      router + router,
      'guard.yaml:5:3 health: this list is not allowed; must name each kind once',
    ],
    [
      'a rule without "healthy"',
      '  - { kind: mesh.example/v1/Router }\n',
      'guard.yaml:5:5 health[0].healthy: is missing; add it',
    ],
  ])('%s', async (_, rules, message) => await expect(load(rules)).rejects.toThrow(message));
});
