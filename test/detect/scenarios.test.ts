import { describe, test } from 'vitest';
import type { JsonObject, SandboxCluster } from '../../src/sandbox/index.ts';
import type { Manifest } from '../rollouts/rollout.ts';
import { manifestOf, type Workload } from '../rollouts/workloads.ts';
import { useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { uniqueName } from '../support/temporal.ts';
import { type Scenario, scenarios } from './scenarios.ts';

/** The clusters' clocks are ten minutes ahead of the worker's. */
const engine = useEngine({ ahead: 600_000, nodes: 3 });

/** With what takes minutes, and every fault in every kind. */
const isEverything = process.env.BELAY_ROLLOUTS !== undefined;

const basePaths = { configmaps: '/api/v1', secrets: '/api/v1', pods: '/api/v1', jobs: '/apis/batch/v1' } as const;

function place(app: string, { plural, object }: Manifest): { collection: string; body: JsonObject } {
  const base = plural in basePaths ? basePaths[plural as keyof typeof basePaths] : '/apis/apps/v1';
  const metadata = { ...(object.metadata as JsonObject), namespace: app, labels: { app } };
  return { collection: `${base}/namespaces/${app}/${plural}`, body: { ...object, metadata } };
}

async function apply(cluster: SandboxCluster, app: string, manifest: Manifest): Promise<void> {
  const { collection, body } = place(app, manifest);
  const path = `${collection}/${String((body.metadata as JsonObject).name)}`;
  const user = { user: 'deployer', userAgent: 'kubectl/v1' } as const;
  const answer = cluster.read(path)
    ? await cluster.request('PUT', path, body, user)
    : await cluster.request('POST', collection, body, user);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
}

const targets = ['eu', 'us'] as const;

async function install(scenario: Scenario): Promise<string> {
  const app = uniqueName('detect');
  for (const name of targets) {
    const cluster = engine.sandbox.cluster(name);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: app } };
    await cluster.request('POST', '/api/v1/namespaces', namespace);
    for (const workload of scenario.before) await apply(cluster, app, manifestOf(workload));
    await settled(cluster, app, scenario.before);
  }
  return app;
}

function targetsOf(app: string) {
  return targets.map((cluster) => ({ cluster, namespace: app, scope: { selector: `app=${app}` } }));
}

/** Every pod that is there is ready, or waits for an image that does not come. */
async function settled(cluster: SandboxCluster, app: string, workloads: readonly Workload[]): Promise<void> {
  const sick = workloads.filter(({ tags }) => tags.join().includes('missing')).length;
  const isReady = (pod: JsonObject) => JSON.stringify(pod).includes('"type":"Ready","status":"True"');
  await pollUntil(
    `${app} is installed`,
    async () => cluster.list(`/api/v1/namespaces/${app}/pods`),
    (pods) => pods.length >= workloads.length && pods.filter((pod) => !isReady(pod)).length <= 2 * sick,
  );
}

async function deploy(app: string, { after, late = [] }: Scenario): Promise<void> {
  const cluster = engine.sandbox.cluster('us');
  for (const workload of after) await apply(cluster, app, manifestOf(workload));
  if (late.length > 0)
    await pollUntil('a pod misses it', async () => cluster.list(`/api/v1/namespaces/${app}/pods`), misses);
  for (const manifest of late) await apply(cluster, app, manifest);
}

function misses(pods: readonly JsonObject[]): boolean {
  return JSON.stringify(pods).includes('CreateContainerConfigError');
}

describe.concurrent('a deploy to one of two clusters', () => {
  for (const scenario of scenarios) {
    const { name, ends, isExtra, request } = scenario;
    test.skipIf(isExtra && !isEverything)(
      `with ${name} is ${ends === 'kept' ? 'kept' : 'found and taken back'}`,
      { timeout: 240_000 },
      async ({ expect }) => {
        const app = await install(scenario);
        const guard = await engine.start(
          engine.request(app, { deadline: '160s', targets: targetsOf(app), ...request }),
        );
        await guard.ready();
        await deploy(app, scenario);
        await guard.deployed();
        const { outcome } = await guard.result();
        const reason = (await guard.status()).failure?.reason;
        expect({ outcome, reason }).toEqual({
          outcome: ends === 'kept' ? 'kept' : 'restored',
          reason: ends === 'kept' ? undefined : expect.stringMatching(ends),
        });
      },
    );
  }
});
