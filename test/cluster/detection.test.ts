import { describe, type TestContext, test } from 'vitest';
import type { JsonObject } from '../../src/sandbox/index.ts';
import type { LabClient } from '../lab/client.ts';
import { drawGoodVersion } from '../rollouts/good.ts';
import { manifestOf, plainWorkload as plain, type Workload } from '../rollouts/workloads.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';
import { pollUntil } from '../support/poll.ts';

const engine = useLabEngine();

/** Good ones in real time; 50 by `BELAY_ROLLOUTS=50`. */
const count = Number(process.env.BELAY_ROLLOUTS ?? 5);

function placed(app: LabApplication, workload: Workload): JsonObject {
  const { object } = manifestOf(workload);
  return { ...object, metadata: app.meta(workload.name) };
}

/** kubectl waits for what it has applied, as `kubectl rollout status` does. */
async function install(app: LabApplication, workload: Workload): Promise<void> {
  await app.apply([placed(app, workload)]);
  await app.kubectl(['rollout', 'status', `${workload.kind.toLowerCase()}/${workload.name}`, '--timeout=60s']);
}

interface Bad {
  readonly name: string;
  readonly before?: Workload;
  readonly after: Workload;
  readonly reason: RegExp;
  /** What an administrator does in each cluster before the deploy. */
  readonly arrange?: (place: Place) => Promise<void>;
}

interface Place {
  readonly admin: LabClient;
  readonly namespace: string;
  readonly onTestFinished: TestContext['onTestFinished'];
}

async function allowNoPods({ admin, namespace }: Place): Promise<void> {
  const metadata = { name: 'pods', namespace };
  await admin.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '0' } } });
}

const admission = 'admissionregistration.k8s.io/v1';

/** Waits until it turns away, which takes an API server a moment. */
async function refusePods({ admin, namespace, onTestFinished }: Place): Promise<void> {
  const metadata = { name: `no-pods-${namespace}` };
  const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const policy = {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [pods] },
    validations: [{ expression: 'false', message: 'pods of this team are not welcome' }],
  };
  const binding = {
    policyName: metadata.name,
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
  };
  const made = { ValidatingAdmissionPolicy: policy, ValidatingAdmissionPolicyBinding: binding };
  for (const [kind, spec] of Object.entries(made)) await admin.create({ apiVersion: admission, kind, metadata, spec });
  onTestFinished(async () => {
    for (const plural of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
      await admin.remove(`/apis/${admission}/${plural}/${metadata.name}`);
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'try' },
    spec: { containers: [{ name: 'x', image: 'x' }] },
  };
  const attempt = () => admin.request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
  await pollUntil('pods are refused', attempt, ({ status }) => status >= 400);
}

const statefulSet: Workload = { ...plain, kind: 'StatefulSet' };
const daemonSet: Workload = { ...plain, kind: 'DaemonSet' };
const job: Workload = { ...plain, kind: 'Job', name: 'job', spec: { backoffLimit: 0 } };

const bad: readonly Bad[] = [
  { name: 'an image that is not found', after: { ...plain, tags: ['v2-missing'] }, reason: /not found/ },
  {
    name: 'an image that is denied',
    after: { ...plain, tags: ['v2-denied'] },
    reason: /ImagePull.* denied|ErrImagePull.* denied/,
  },
  {
    name: 'an image whose name is invalid',
    after: { ...plain, tags: ['v2-invalid-image'] },
    reason: /InvalidImageName/,
  },
  { name: 'a crash loop', after: { ...plain, tags: ['v2-crash'] }, reason: /CrashLoopBackOff|Error|Restarting/ },
  {
    name: 'a ConfigMap that is missing',
    after: { ...plain, tags: ['v2-config-error'] },
    reason: /CreateContainerConfigError/,
  },
  {
    name: 'a quota that allows no pods',
    after: { ...plain, name: 'new', tags: ['v2'] },
    reason: /exceeded quota/,
    arrange: allowNoPods,
  },
  {
    name: 'a policy that refuses pods',
    after: { ...plain, name: 'new', tags: ['v2'] },
    reason: /FailedCreate.*ValidatingAdmissionPolicy/,
    arrange: refusePods,
  },
  {
    name: 'an init container that fails',
    after: { ...plain, tags: ['v2'], inits: ['v2-crash'] },
    reason: /CrashLoopBackOff|Error|Restarting/,
  },
  {
    name: 'a StatefulSet whose highest ordinal is stuck',
    before: statefulSet,
    after: { ...statefulSet, tags: ['v2-missing'] },
    reason: /not found/,
  },
  {
    name: 'a DaemonSet that crashes',
    before: daemonSet,
    after: { ...daemonSet, tags: ['v2-crash'] },
    reason: /CrashLoopBackOff|Error|Restarting/,
  },
  { name: 'a Job that fails', after: { ...job, tags: ['v2-crash'] }, reason: /BackoffLimitExceeded/ },
  { name: 'pods that never get ready', after: { ...plain, tags: ['v2-unready'] }, reason: /not healthy within 20 s/ },
];

describe.concurrent('a deploy to real API servers', () => {
  for (const { name, before = plain, after, reason, arrange } of bad) {
    test(`with ${name} is found and taken back`, async ({ expect, onTestFinished }) => {
      const app = await engine.application('detect');
      await install(app, before);
      for (const { name: cluster } of engine.lab.clusters)
        await arrange?.({ admin: engine.lab.cluster(cluster).as('admin'), namespace: app.name, onTestFinished });
      const deadline = name.includes('never') ? '20s' : '120s';
      const guard = await app.guard({ deadline, bake: '10s' });
      await app.apply([placed(app, after)]);
      await guard.deployed();
      const { outcome } = await guard.result();
      const why = (await guard.status()).failure?.reason;
      expect({ outcome, why }).toEqual({ outcome: 'restored', why: expect.stringMatching(reason) });
    });
  }

  test('that starts slowly and is ready just before its deadline is kept', async ({ expect }) => {
    const app = await engine.application('detect');
    await install(app, { ...plain, replicas: 1 });
    const guard = await app.guard({ deadline: '20s', bake: '3s' });
    await app.apply([placed(app, { ...plain, replicas: 1, tags: ['v2-slow-12s'] })]);
    await guard.deployed();
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
  });
});

describe.concurrent('a good rollout in real time is kept', () => {
  for (let seed = 0; seed < count; seed += 1) {
    test(`seed ${seed}`, async ({ expect }) => {
      const app = await engine.application('good');
      const { before, after } = drawGoodVersion(seed);
      await install(app, before);
      const guard = await app.guard({ deadline: '150s', bake: '5s' });
      await app.apply([placed(app, after)]);
      await guard.deployed();
      expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    });
  }
});
