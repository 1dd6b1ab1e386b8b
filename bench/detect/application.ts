import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../src/sandbox/index.ts';
import { numberAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import { pollUntil } from '../../test/support/poll.ts';
import { type BenchCluster, clusterName } from '../support/cluster.ts';

/** One Deployment of one pod, and a ConfigMap. */
export interface Application {
  readonly name: string;
  readonly namespace: string;
}

const web = ({ namespace }: Application) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

/** The namespace is there. Answers when its first version runs. */
export async function install(cluster: BenchCluster, app: Application): Promise<void> {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(app), data: { mode: 'calm' } };
  await cluster.send('POST', `/api/v1/namespaces/${app.namespace}/configmaps`, config);
  await cluster.send('POST', web(app), deployment(app, 'registry/web:v1'));
  const read = () => cluster.send('GET', `${web(app)}/${app.name}`);
  await pollUntil(`${app.name} available`, read, (live) => numberAt(live, 'status', 'availableReplicas') === 1);
}

/** A version whose pod stays as it is created, until somebody writes its status; answers that pod's path. */
export async function deploySlowly(cluster: BenchCluster, app: Application): Promise<string> {
  const live = await cluster.send('GET', `${web(app)}/${app.name}`);
  const next = deployment(app, image);
  await cluster.send('PUT', `${web(app)}/${app.name}`, {
    ...next,
    metadata: { ...meta(app), resourceVersion: textAt(live, 'metadata', 'resourceVersion') ?? '' },
  });
  const pods = `/api/v1/namespaces/${app.namespace}/pods`;
  const isNew = (pod: JsonObject) => textAt(objectsAt(pod, 'spec', 'containers')[0], 'image') === image;
  const all = () => cluster.send('GET', `${pods}?labelSelector=app%3D${app.name}`);
  const isUp = (pod: JsonObject) => isNew(pod) && objectsAt(pod, 'status', 'containerStatuses').length > 0;
  const list = await pollUntil('the new pod', all, (seen) => objectsAt(seen, 'items').some(isUp));
  return `${pods}/${textAt(objectsAt(list, 'items').find(isNew), 'metadata', 'name')}`;
}

const image = 'registry/web:v2-slow';

/** What a kubelet writes when the registry does not have the image. */
export function pullError(): JsonObject {
  const message = `Failed to pull image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  const state = { waiting: { reason: 'ErrImagePull', message } };
  const container = { name: 'web', image, imageID: '', ready: false, restartCount: 0, state };
  return { status: { containerStatuses: [container] } };
}

export const environment = 'bench';

export function requestFor({ name, namespace }: Application): GuardRequest {
  return {
    application: name,
    environment,
    guardId: randomUUID(),
    targets: [{ cluster: clusterName, namespace, scope: { selector: `app=${name}` } }],
    deadline: '1h',
    bake: '50m',
    haltTimeout: '1s',
  };
}

function meta({ name, namespace }: Application): JsonObject {
  return { name, namespace, labels: { app: name } };
}

function deployment(app: Application, wanted: string): JsonObject {
  const labels = { app: app.name };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: wanted }] } };
  const spec = { replicas: 1, strategy, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(app), spec };
}
