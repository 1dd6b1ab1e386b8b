import { describe, expect, test } from 'vitest';
import { at, type JsonObject, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { kubernetesVersion } from '../lab/recipe.ts';
import { useLab } from '../support/lab.ts';

const lab = useLab();

function deployment(namespace: string, name: string, image: string): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
    },
  };
}

function configMap(namespace: string, name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { mode: 'calm' } };
}

/** Installs a Deployment in eu and waits until one of its containers shows what is looked for. */
async function containerOf(image: string, what: string, test: (container: JsonObject) => boolean): Promise<JsonObject> {
  const admin = lab.cluster('eu').as('admin');
  const namespace = await lab.namespace();
  await admin.create(deployment(namespace, 'web', image));
  const shown = (pods: JsonObject | undefined) =>
    objectsAt(pods, 'items').flatMap((pod) => objectsAt(pod, 'status', 'containerStatuses'));
  const pods = await admin.until(what, `/api/v1/namespaces/${namespace}/pods`, (all) => shown(all).some(test));
  return shown(pods).find(test) ?? {};
}

const waitsFor = (reason: string) => (container: JsonObject) =>
  textAt(container, 'state', 'waiting', 'reason') === reason;

describe('clusters', () => {
  test('are three API servers of the version that go.mod asks for, each a cluster of its own', async () => {
    expect(lab.clusters.map(({ name }) => name)).toEqual(['eu', 'us', 'ap']);
    const seen = await Promise.all(
      lab.clusters.map(async (cluster) => {
        const admin = cluster.as('admin');
        const [version, system] = await Promise.all([
          admin.get('/version'),
          admin.get('/api/v1/namespaces/kube-system'),
        ]);
        return { version: textAt(version, 'gitVersion'), uid: textAt(system, 'metadata', 'uid') };
      }),
    );
    expect(new Set(seen.map(({ version }) => version))).toEqual(new Set([kubernetesVersion]));
    expect(new Set(seen.map(({ uid }) => uid)).size).toBe(3);
  });

  test('are served by a kubectl of the same version', async () => {
    const version = JSON.parse(await lab.kubectl(['version', '-o', 'json'], { cluster: 'us', as: 'admin' }));
    expect(version).toMatchObject({
      clientVersion: { gitVersion: kubernetesVersion },
      serverVersion: { gitVersion: kubernetesVersion },
    });
  });
});

describe.concurrent('an image tagged', () => {
  test('"good" makes its Deployment available', async ({ expect }) => {
    const admin = lab.cluster('eu').as('admin');
    const namespace = await lab.namespace();
    const path = await admin.pathOf(await admin.create(deployment(namespace, 'web', 'registry/app:good')));
    const available = await admin.until('available', path, (live) => at(live, 'status', 'availableReplicas') === 2);
    expect(objectsAt(available, 'status', 'conditions')).toContainEqual(
      expect.objectContaining({ type: 'Available', status: 'True' }),
    );
  });

  test('"pull-error" waits with ErrImagePull and ImagePullBackOff, saying "not found"', async ({ expect }) => {
    const first = await containerOf('registry/app:pull-error', 'ErrImagePull', waitsFor('ErrImagePull'));
    expect(textAt(first, 'state', 'waiting', 'message')).toContain('registry/app:pull-error: not found');
    await containerOf('registry/app:pull-error', 'ImagePullBackOff', waitsFor('ImagePullBackOff'));
  });

  test('"crash" waits with CrashLoopBackOff and is restarted again and again', async () => {
    await containerOf('registry/app:crash', 'two restarts', (container) => Number(container.restartCount) >= 2);
    await containerOf('registry/app:crash', 'CrashLoopBackOff', waitsFor('CrashLoopBackOff'));
  });

  test('"oom" was killed for lack of memory', async () => {
    const killed = (container: JsonObject) => textAt(container, 'lastState', 'terminated', 'reason') === 'OOMKilled';
    await containerOf('registry/app:oom', 'OOMKilled', killed);
  });

  test('"config-error" waits with CreateContainerConfigError', async () => {
    await containerOf('registry/app:config-error', 'config error', waitsFor('CreateContainerConfigError'));
  });

  test('"flap" is ready, then not, then ready again', async () => {
    const admin = lab.cluster('ap').as('admin');
    const namespace = await lab.namespace();
    await admin.create(deployment(namespace, 'web', 'registry/app:flap'));
    const seen: boolean[] = [];
    await admin.until('three changes', `/api/v1/namespaces/${namespace}/pods`, (pods) => {
      const ready =
        at(objectsAt(objectsAt(pods, 'items')[0], 'status', 'containerStatuses')[0] ?? {}, 'ready') === true;
      if (seen.at(-1) !== ready) seen.push(ready);
      return seen.length >= 4;
    });
  });

  test('"slow" is ready after a while', async ({ expect }) => {
    const running = await containerOf('registry/app:slow', 'running', (container) => at(container, 'started') === true);
    expect(running.ready).toBe(false);
    await containerOf('registry/app:slow', 'ready', (container) => container.ready === true);
  });

  test('of no known name is good: a Job completes, a StatefulSet gets its claims bound', async () => {
    const admin = lab.cluster('us').as('admin');
    const namespace = await lab.namespace();
    const template = (restartPolicy: string) => ({
      metadata: { labels: { app: 'db' } },
      spec: { restartPolicy, containers: [{ name: 'main', image: 'registry/db:v7' }] },
    });
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace },
      spec: { template: template('Never') },
    };
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace },
      spec: {
        serviceName: 'db',
        replicas: 2,
        selector: { matchLabels: { app: 'db' } },
        template: template('Always'),
        volumeClaimTemplates: [claim],
      },
    };
    const [jobPath, setPath] = await Promise.all(
      [job, set].map(async (object) => admin.pathOf(await admin.create(object))),
    );
    await admin.until('complete', jobPath ?? '', (live) => at(live, 'status', 'succeeded') === 1);
    await admin.until('ready', setPath ?? '', (live) => at(live, 'status', 'readyReplicas') === 2);
    const isBound = (one: JsonObject) => textAt(one, 'status', 'phase') === 'Bound';
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    await admin.until('bound', claims, (all) => objectsAt(all, 'items').filter(isBound).length === 2);
  });
});

describe('rights', () => {
  test('are refused before they are granted, hold in their namespace, and end when revoked', async () => {
    const engine = lab.cluster('eu').as(lab.engine);
    const [namespace, other] = [await lab.namespace(), await lab.namespace()];
    const create = async (place: string, name: string) =>
      (await engine.request('POST', `/api/v1/namespaces/${place}/configmaps`, configMap(place, name))).status;
    expect(await create(namespace, 'one')).toBe(403);
    const grant = await lab.grant(lab.engine, { namespace });
    expect(await create(namespace, 'one')).toBe(201);
    expect(await create(other, 'one')).toBe(403);
    await grant.revoke();
    expect(await create(namespace, 'two')).toBe(403);
  });

  test('can be a list of rules', async () => {
    const namespace = await lab.namespace();
    await lab.grant(lab.deployer, {
      namespace,
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create'] }],
    });
    const kubectl = (args: string[]) => lab.kubectl(args, { cluster: 'ap', input: [configMap(namespace, 'one')] });
    expect(await kubectl(['create', '-f', '-'])).toContain('configmap/one created');
    await expect(kubectl(['delete', '-n', namespace, 'configmap', 'one'])).rejects.toThrow(/cannot delete/);
  });
});

test('the audit log tells who did what, and which writes were only tried', async () => {
  const namespace = await lab.namespace();
  await lab.grant(lab.engine, { namespace });
  const engine = lab.cluster('us').as(lab.engine);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await engine.request('POST', `${path}?dryRun=All`, configMap(namespace, 'one'));
  await engine.request('POST', path, configMap(namespace, 'one'));
  await engine.request('POST', path, configMap(namespace, 'one'));
  const entries = (await lab.cluster('us').audit()).filter(({ user }) => user === lab.engine);
  const objectRef = { apiGroup: '', resource: 'configmaps', subresource: '', namespace };
  expect(entries).toMatchObject([
    { verb: 'create', code: 201, dryRun: true, requestURI: `${path}?dryRun=All`, objectRef },
    { verb: 'create', code: 201, dryRun: false, objectRef },
    { verb: 'create', code: 409, dryRun: false, objectRef },
  ]);
});
