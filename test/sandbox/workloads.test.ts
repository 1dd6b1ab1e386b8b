import { describe, expect, it } from 'vitest';
import {
  type JsonObject,
  numberAt,
  objectAt,
  objectsAt,
  type SandboxCluster,
  textAt,
} from '../../src/sandbox/index.ts';
import {
  CLAIMS,
  CONFIG_MAPS,
  conditionReason,
  configMap,
  DEPLOYMENTS,
  deployment,
  isReady,
  isRolledOut,
  JOBS,
  metaOf,
  oneCluster,
  PODS,
  REPLICA_SETS,
  STATEFUL_SETS,
  statefulSet,
  until,
  waitingReason,
} from './support.ts';

const rolledOut = (cluster: SandboxCluster, name: string) =>
  until(`${name} is rolled out`, () => isRolledOut(cluster.read(`${DEPLOYMENTS}/${name}`)));

const podsOf = (cluster: SandboxCluster, app: string): JsonObject[] =>
  cluster.list(PODS).filter((pod) => objectAt(pod, 'metadata', 'labels').app === app);

const images = (cluster: SandboxCluster, app: string): (string | undefined)[] =>
  podsOf(cluster, app).map((pod) => textAt(objectsAt(pod, 'spec', 'containers')[0], 'image'));

describe('a Deployment', () => {
  it('rolls out through a ReplicaSet to ready pods and says so', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:v1', { replicas: 3 }));
    await rolledOut(cluster, 'web');
    expect(cluster.read(`${DEPLOYMENTS}/web`)).toMatchObject({
      status: { replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 },
    });
    const pods = podsOf(cluster, 'web');
    expect(pods.every(isReady)).toBe(true);
    const [set] = cluster.list(REPLICA_SETS);
    const owners = pods.map((pod) => objectsAt(pod, 'metadata', 'ownerReferences')[0]);
    expect(owners).toMatchObject(pods.map(() => ({ kind: 'ReplicaSet', uid: metaOf(set).uid, controller: true })));
  });

  it('with a missing image keeps its old pods, and uses its old ReplicaSet again when restored', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:v1', { replicas: 3 }));
    await rolledOut(cluster, 'web');
    await cluster.request('PUT', `${DEPLOYMENTS}/web`, deployment('web', 'x:missing', { replicas: 3 }));
    await until('a pull backs off', () => podsOf(cluster, 'web').map(waitingReason).includes('ImagePullBackOff'));
    expect(podsOf(cluster, 'web').filter(isReady)).toHaveLength(3);
    await cluster.request('PUT', `${DEPLOYMENTS}/web`, deployment('web', 'x:v1', { replicas: 3 }));
    await rolledOut(cluster, 'web');
    await until('the broken pod is gone', () => podsOf(cluster, 'web').length === 3);
    expect(cluster.list(REPLICA_SETS)).toHaveLength(2);
    expect(objectAt(cluster.read(`${DEPLOYMENTS}/web`), 'metadata', 'annotations')).toEqual({
      'deployment.kubernetes.io/revision': '3',
    });
  });

  it('replaces all pods by new ones when the new image is good', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:v1', { replicas: 4 }));
    await rolledOut(cluster, 'web');
    await cluster.request('PUT', `${DEPLOYMENTS}/web`, deployment('web', 'x:v2', { replicas: 4 }));
    await rolledOut(cluster, 'web');
    await until('only new pods are left', () => images(cluster, 'web').join() === 'x:v2,x:v2,x:v2,x:v2');
  });

  it('exceeds its progress deadline, in simulated time', async () => {
    await using sandbox = await oneCluster({ speed: 50 });
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:missing', { progressDeadlineSeconds: 10 }));
    await until(
      'the deadline passes',
      () => conditionReason(cluster.read(`${DEPLOYMENTS}/web`), 'Progressing') === 'ProgressDeadlineExceeded',
    );
  });

  it('that was complete stays so when a pod is lost', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:slow', { replicas: 2 }));
    await rolledOut(cluster, 'web');
    await cluster.request('DELETE', `${PODS}/${metaOf(podsOf(cluster, 'web')[0]).name}`);
    const web = () => cluster.read(`${DEPLOYMENTS}/web`);
    await until('it is missed', () => numberAt(web(), 'status', 'unavailableReplicas') === 1);
    expect(conditionReason(web(), 'Progressing')).toBe('NewReplicaSetAvailable');
  });

  it('with strategy Recreate stops the old pods first', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    const recreate = { strategy: { type: 'Recreate' } };
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:v1', recreate));
    await rolledOut(cluster, 'web');
    await cluster.request('PUT', `${DEPLOYMENTS}/web`, deployment('web', 'x:missing', recreate));
    await until('only new pods exist', () => images(cluster, 'web').join() === 'x:missing,x:missing');
  });

  it('that is deleted takes its ReplicaSets and pods with it', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('web', 'x:v1'));
    await rolledOut(cluster, 'web');
    await cluster.request('DELETE', `${DEPLOYMENTS}/web?propagationPolicy=Background`);
    await until('all is gone', () => cluster.list(REPLICA_SETS).length + cluster.list(PODS).length === 0);
  });
});

const symptoms: [string, string][] = [
  ['missing', 'ImagePullBackOff'],
  ['pull-error', 'ErrImagePull'],
  ['invalid-image', 'InvalidImageName'],
  ['config-error', 'CreateContainerConfigError'],
  ['crash', 'CrashLoopBackOff'],
  ['oom', 'CrashLoopBackOff'],
];

const pod = (name: string, container: JsonObject, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { ...spec, containers: [{ name: 'main', image: 'x:v1', ...container }] },
});

describe('a pod', () => {
  it.each(symptoms)('whose image is tagged %s waits with %s', async (tag, reason) => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', PODS, pod('p', { image: `x:${tag}` }));
    await until(`it waits with ${reason}`, () => waitingReason(cluster.read(`${PODS}/p`) ?? {}) === reason);
  });

  it('that crashes counts its restarts and remembers its last end', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', PODS, pod('p', { image: 'x:crash' }));
    const status = () => objectsAt(cluster.read(`${PODS}/p`), 'status', 'containerStatuses')[0];
    await until('it restarted twice', () => (numberAt(status(), 'restartCount') ?? 0) >= 2);
    expect(status()).toMatchObject({ lastState: { terminated: { exitCode: 1 } } });
  });

  it('says that a missing image was not found', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', PODS, pod('p', { image: 'x:missing' }));
    const message = () =>
      textAt(objectsAt(cluster.read(`${PODS}/p`), 'status', 'containerStatuses')[0], 'state', 'waiting', 'message') ??
      '';
    await until('it says so', () => message().endsWith('not found'));
  });

  it('that flaps is ready, then not, then ready', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', PODS, pod('p', { image: 'x:flap' }));
    for (const wanted of [true, false, true])
      await until(`ready is ${wanted}`, () => isReady(cluster.read(`${PODS}/p`) ?? {}) === wanted);
  });

  it('whose env names a missing ConfigMap starts once that exists', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }];
    await cluster.request('POST', PODS, pod('p', { env }));
    await until('it waits', () => waitingReason(cluster.read(`${PODS}/p`) ?? {}) === 'CreateContainerConfigError');
    await cluster.request('POST', CONFIG_MAPS, configMap('settings'));
    await until('it is ready', () => isReady(cluster.read(`${PODS}/p`) ?? {}));
  });

  it('with a bad init container shows that, and its main containers wait', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', PODS, pod('p', {}, { initContainers: [{ name: 'init', image: 'x:missing' }] }));
    const init = () =>
      textAt(objectsAt(cluster.read(`${PODS}/p`), 'status', 'initContainerStatuses')[0], 'state', 'waiting', 'reason');
    await until('the init container backs off', () => init() === 'ImagePullBackOff');
    expect(waitingReason(cluster.read(`${PODS}/p`) ?? {})).toBe('PodInitializing');
  });
});

describe('a StatefulSet', () => {
  const claims = [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ];
  const isSettled = (cluster: SandboxCluster) => {
    const status = objectAt(cluster.read(`${STATEFUL_SETS}/db`), 'status');
    const isSeen = status.observedGeneration === metaOf(cluster.read(`${STATEFUL_SETS}/db`)).generation;
    return (
      isSeen &&
      status.readyReplicas === 2 &&
      status.currentRevision === status.updateRevision &&
      status.updatedReplicas === 2
    );
  };

  it('makes numbered pods in order, each with its bound claim, which has the labels but no owner', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', STATEFUL_SETS, statefulSet('db', 'x:v1', { volumeClaimTemplates: claims }));
    await until('it is settled', () => isSettled(cluster));
    expect(podsOf(cluster, 'db').map((each) => metaOf(each).name)).toEqual(['db-0', 'db-1']);
    expect(cluster.read(`${CLAIMS}/data-db-0`)).toMatchObject({
      metadata: { labels: { app: 'db' } },
      status: { phase: 'Bound' },
    });
    expect(metaOf(cluster.read(`${CLAIMS}/data-db-0`))).not.toHaveProperty('ownerReferences');
  });

  it('does not replace a broken pod when its template is restored, until that pod is deleted', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', STATEFUL_SETS, statefulSet('db', 'x:v1'));
    await until('it is settled', () => isSettled(cluster));
    const before = textAt(cluster.read(`${STATEFUL_SETS}/db`), 'status', 'updateRevision');
    await cluster.request('PUT', `${STATEFUL_SETS}/db`, statefulSet('db', 'x:missing'));
    const isStuck = () => waitingReason(cluster.read(`${PODS}/db-1`) ?? {}) === 'ImagePullBackOff';
    await until('the last pod is broken', isStuck);
    await cluster.request('PUT', `${STATEFUL_SETS}/db`, statefulSet('db', 'x:v1'));
    await until(
      'the old revision is wanted again',
      () => textAt(cluster.read(`${STATEFUL_SETS}/db`), 'status', 'updateRevision') === before,
    );
    const broken = metaOf(cluster.read(`${PODS}/db-1`)).uid;
    await expect(
      until('it heals by itself', () => metaOf(cluster.read(`${PODS}/db-1`)).uid !== broken, 300),
    ).rejects.toThrow();
    await cluster.request('DELETE', `${PODS}/db-1`, { preconditions: { uid: String(broken) } });
    await until('it is settled', () => isSettled(cluster));
  });

  it('that scales down with whenScaled Delete loses the claims of the surplus pods', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    const retention = { volumeClaimTemplates: claims, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } };
    await cluster.request('POST', STATEFUL_SETS, statefulSet('db', 'x:v1', retention));
    await until('it is settled', () => isSettled(cluster));
    await cluster.request('PATCH', `${STATEFUL_SETS}/db/scale`, { spec: { replicas: 1 } });
    await until('the claim is gone', () => cluster.read(`${CLAIMS}/data-db-1`) === undefined);
    expect(cluster.read(`${CLAIMS}/data-db-0`)).toBeDefined();
  });
});

describe('other controllers', () => {
  it('a Job completes, or fails at its backoff limit', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    const job = (name: string, image: string) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: { backoffLimit: 1, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image }] } } },
    });
    await cluster.request('POST', JOBS, job('good', 'x:v1'));
    await cluster.request('POST', JOBS, job('bad', 'x:crash'));
    await until(
      'one completes',
      () => conditionReason(cluster.read(`${JOBS}/good`), 'Complete') === 'CompletionsReached',
    );
    await until('one fails', () => conditionReason(cluster.read(`${JOBS}/bad`), 'Failed') === 'BackoffLimitExceeded');
    expect(cluster.read(`${JOBS}/bad`)).toMatchObject({ status: { failed: 2 } });
  });
});
