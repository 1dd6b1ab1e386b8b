import { type JsonObject, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import type { LabCluster } from '../lab/lab.ts';

/**
 * What a person would call the same objects, by `<cluster>/<Kind>/<name>`: without status and what the server keeps for
 * itself. Ownership by server-side apply is in it, without the times. Independent of the engine's canonical form.
 */
export type LabContent = Readonly<Record<string, JsonObject>>;

/** Objects with a controller as owner are left out, as is what every namespace has. */
export async function readContent(clusters: readonly LabCluster[], namespace: string): Promise<LabContent> {
  const parts = await Promise.all(clusters.map((cluster) => readCluster(cluster, namespace)));
  return Object.fromEntries(parts.flat());
}

const collections = [
  ...['configmaps', 'secrets', 'services', 'serviceaccounts', 'persistentvolumeclaims'].map((plural) => [
    '/api/v1',
    plural,
  ]),
  ...['deployments', 'statefulsets', 'daemonsets'].map((plural) => ['/apis/apps/v1', plural]),
  ...['jobs', 'cronjobs'].map((plural) => ['/apis/batch/v1', plural]),
  ...['ingresses', 'networkpolicies'].map((plural) => ['/apis/networking.k8s.io/v1', plural]),
  ...['roles', 'rolebindings'].map((plural) => ['/apis/rbac.authorization.k8s.io/v1', plural]),
  ['/apis/policy/v1', 'poddisruptionbudgets'],
  ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
] as const;

async function readCluster(cluster: LabCluster, namespace: string): Promise<[string, JsonObject][]> {
  const admin = cluster.as('admin');
  const read = collections.map(async ([base, plural]) => {
    const list = await admin.get(`${base}/namespaces/${namespace}/${plural}`);
    const kind = (textAt(list, 'kind') ?? '').replace(/List$/, '');
    const kept = objectsAt(list, 'items').filter((object) => isOurs(kind, object));
    return kept.map((object): [string, JsonObject] => [
      `${cluster.name}/${kind}/${textAt(object, 'metadata', 'name')}`,
      essence(object),
    ]);
  });
  return (await Promise.all(read)).flat();
}

/** Not what the cluster and the test's own set-up put into every namespace. */
function isOurs(kind: string, object: JsonObject): boolean {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const isControlled = objectsAt(object, 'metadata', 'ownerReferences').some(({ controller }) => controller === true);
  const isSetUp = ['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt'].includes(`${kind}/${name}`);
  return !(isControlled || isSetUp || (kind.startsWith('Role') && name.startsWith('lab-')));
}

const serverKeeps = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'annotations'];
const countsUp = ['deployment.kubernetes.io/revision', 'deprecated.daemonset.template.generation'];

function essence({ status: _status, ...object }: JsonObject): JsonObject {
  const metadata = objectAt(object, 'metadata');
  return {
    ...object,
    metadata: {
      ...without(metadata, serverKeeps),
      annotations: without(objectAt(metadata, 'annotations'), countsUp),
      managedFields: objectsAt(metadata, 'managedFields').filter(isApplied).map(ownership),
    },
  };
}

/** Only these keep anybody from a later write: an entry of an `Update` is a note of who it was. */
function isApplied(entry: JsonObject): boolean {
  return entry.operation === 'Apply' && entry.subresource === undefined;
}

function ownership({ time: _time, ...entry }: JsonObject): JsonObject {
  return entry;
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
