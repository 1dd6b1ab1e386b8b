import { join } from 'node:path';
import { type Answer, type Cluster, openClusters } from './cluster.ts';
import { type Manifest, nameOf, type Reference, readVersion } from './manifests.ts';

export interface Deploy {
  readonly kubeconfig: string;
  readonly contexts: readonly string[];
  readonly namespace: string;
  /** Folder that holds one folder per version. */
  readonly manifests: string;
  readonly version: string;
}

/** What the field manager of everything written here is called. */
const manager = 'fieldManager=shop-deployer';

/** Brings one version to all clusters at once; object by object in each. Does not wait until it is healthy. */
export async function applyVersion(deploy: Deploy): Promise<void> {
  const clusters = await openClusters(deploy.kubeconfig, deploy.contexts);
  await Promise.all(clusters.map((cluster) => applyTo(cluster, deploy)));
}

async function applyTo(cluster: Cluster, { manifests, version, namespace }: Deploy): Promise<void> {
  const { objects, deleted } = await readVersion(join(manifests, version), cluster.name);
  for (const object of objects) await put(cluster, object, namespace);
  for (const object of deleted) await remove(cluster, object, namespace);
}

async function put(cluster: Cluster, object: Manifest, namespace: string): Promise<void> {
  const collection = await cluster.collectionOf(object, namespace);
  const path = `${collection}/${object.metadata.name}`;
  const live = await cluster.request('GET', path);
  const answer =
    live.status === 404
      ? await cluster.request('POST', `${collection}?${manager}`, object)
      : await cluster.request('PUT', `${path}?${manager}`, over(live, object));
  if (answer.status >= 300) throw refused(cluster, object, answer);
}

/** Refused by the server when somebody else has written in between. */
function over({ body }: Answer, object: Manifest): Manifest {
  const { resourceVersion } = body.metadata as { resourceVersion: string };
  return { ...object, metadata: { ...object.metadata, resourceVersion } as Manifest['metadata'] };
}

async function remove(cluster: Cluster, object: Reference, namespace: string): Promise<void> {
  const collection = await cluster.collectionOf(object, namespace);
  const answer = await cluster.request('DELETE', `${collection}/${object.metadata.name}`);
  if (answer.status >= 300 && answer.status !== 404) throw refused(cluster, object, answer);
}

/** The server's own words; never the object, which may be a Secret. */
function refused(cluster: Cluster, object: Reference, { status, body }: Answer): Error {
  return new Error(`${cluster.name}: ${nameOf(object)}: ${status} ${String(body.message)}`);
}
