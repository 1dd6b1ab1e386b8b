import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { freezeName } from '../../src/domain/freeze.ts';
import { leaseName } from '../../src/domain/lease-name.ts';
import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Guard } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';
import { pollUntil } from '../support/poll.ts';
import { atStep, recording, recover, terminate } from '../support/terminated.ts';

const hooks = createHooks();
const engine = useLabEngine({ wrap: hooks.wrap });
const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const group = 'admissionregistration.k8s.io';
const resources = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'] as const;

/** What `belay rbac` prints for a guard that freezes. */
async function mayFreeze(): Promise<void> {
  const rules = [{ apiGroups: [group], resources: [...resources], verbs: ['get', 'create', 'update', 'delete'] }];
  await engine.lab.grant(engine.lab.engine, { rules });
}

function settings(app: LabApplication, mode: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: app.meta('settings'), data: { mode } };
}

function web(app: LabApplication, image: string): JsonObject {
  const labels = { app: app.name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: app.meta('web'),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

interface Frozen {
  readonly app: LabApplication;
  readonly guard: Guard;
}

const refusalOf = ({ app }: Frozen) => `Belay is restoring test/${app.name} (run belay:test/${app.name})`;

/** An application under a guard, with a bad version deployed; nobody has said so yet. */
async function deployBadly(): Promise<Frozen> {
  const app = await engine.application('frozen');
  await app.apply([settings(app, 'calm'), web(app, 'registry/web:v1')]);
  const guard = await app.guard({ freeze: 'required' });
  await app.apply([settings(app, 'wild'), web(app, 'registry/web:v2')]);
  return { app, guard };
}

/** What a person with every right in the namespace is told. */
async function edit({ app }: Frozen, ...args: string[]): Promise<string> {
  const words = args.length > 0 ? args : ['annotate', 'configmap', 'settings', 'hand=made', '--overwrite'];
  return await app.kubectl(words, { cluster: 'eu' }).then(
    () => 'done',
    (error: Error) => error.message,
  );
}

/** `belay lock break`, with the engine's own rights. Answers what it says. */
async function breakLock({ app }: Frozen, cluster: string): Promise<string> {
  const kubeconfig = await engine.lab.kubeconfigFile(engine.lab.engine);
  const clusters = engine.lab.clusters.map(
    ({ name }) => `  ${name}: { kubeconfig: ${kubeconfig}, context: ${name} }\n`,
  );
  const config = join(dirname(kubeconfig), 'belay.yaml');
  await writeFile(config, `clusters:\n${clusters.join('')}`);
  const { address, namespace } = engine.temporal;
  const env = { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const where = ['--cluster', cluster, '--namespace', app.name, '--config', config];
  const args = ['lock', 'break', `test/${app.name}`, ...where, '--by', 'ada', '--reason', 'stuck'];
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout;
}

/** What is left of it, in every cluster. */
async function freezesOf({ app }: Frozen): Promise<readonly JsonObject[]> {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const name = freezeName(leaseName({ environment: 'test', application: app.name }, sha256));
  const found = await Promise.all(
    engine.lab.clusters.flatMap((cluster) =>
      resources.map((resource) => cluster.as('admin').read(`/apis/${group}/v1/${resource}/${name}`)),
    ),
  );
  return found.filter((object) => object !== undefined);
}

describe('a guard that asks for a freeze', () => {
  test('is refused where the engine may not freeze, and nothing is changed', async () => {
    const frozen = await deployBadly();
    const failed = await frozen.app.content();
    await frozen.guard.fail();
    const result = await frozen.guard.result();
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^not frozen: .*forbidden/i) });
    expect(await frozen.app.content()).toEqual(failed);
    expect(await edit(frozen)).toBe('done');
  });

  test('lets nobody but itself and the controllers write while it restores, and everybody afterwards', async () => {
    await mayFreeze();
    const frozen = await deployBadly();
    const said: Record<string, string> = {};
    const during = atStep(hooks, frozen, { at: 'writeBatch' }, async () => {
      said.edit = await edit(frozen);
      said.scale = await edit(frozen, 'scale', 'deployment', 'web', '--replicas=3');
      said.create = await edit(frozen, 'create', 'configmap', 'new');
      said.delete = await edit(frozen, 'delete', 'deployment', 'web');
    });
    await frozen.guard.fail();
    await during;
    for (const [what, words] of Object.entries(said)) expect(words, what).toContain(refusalOf(frozen));
    expect(await frozen.guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await freezesOf(frozen)).toEqual([]);
    expect(await edit(frozen)).toBe('done');
  });

  test('that was terminated leaves it frozen, and whoever recovers it thaws it', async () => {
    const frozen = await deployBadly();
    const ended = atStep(hooks, frozen, recording('committing'), () => terminate(engine, frozen));
    await frozen.guard.fail();
    await ended;
    expect(await edit(frozen)).toContain(refusalOf(frozen));
    expect(await freezesOf(frozen)).toHaveLength(6);
    expect(await recover(engine, frozen)).toMatchObject({ outcome: 'restored' });
    expect(await freezesOf(frozen)).toEqual([]);
    expect(await edit(frozen)).toBe('done');
  });

  test('that was terminated is thawed by whoever breaks its lock, in that cluster alone', async () => {
    const frozen = await deployBadly();
    const ended = atStep(hooks, frozen, recording('committing'), () => terminate(engine, frozen));
    await frozen.guard.fail();
    await ended;
    expect(await breakLock(frozen, 'eu')).toContain('is deleted: everybody may write again');
    const create = () => edit(frozen, 'create', 'configmap', 'by-hand');
    await pollUntil('the API server has heard of it', create, (said) => said === 'done');
    expect(await freezesOf(frozen)).toHaveLength(4);
    expect(await recover(engine, frozen)).toMatchObject({ outcome: 'restored' });
    expect(await freezesOf(frozen)).toEqual([]);
  });
});
