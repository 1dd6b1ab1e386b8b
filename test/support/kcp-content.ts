import { type Json, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';

const hiddenGroups = ['apps', 'batch', 'autoscaling', 'policy', 'networking.k8s.io'];
const hiddenResources = ['pods', 'services', 'persistentvolumeclaims'];

/** Workloads and networks are no part of kcp, and a new workspace has no namespace `kube-system`. */
export function isHidden(path: string): boolean {
  const [, root, group, ...rest] = path.split('/');
  if (root === 'apis') return hiddenGroups.includes(group ?? '');
  return rest.some((part) => hiddenResources.includes(part) || part === 'kube-system');
}

/** An aggregated discovery document, less what kcp does not serve. */
export function discoveryOfKcp(text: string): string {
  const document = JSON.parse(text) as Json;
  const items = objectsAt(document, 'items')
    .filter((group) => !hiddenGroups.includes(textAt(group, 'metadata', 'name') ?? ''))
    .map((group) => (textAt(group, 'metadata', 'name') === undefined ? lessOf(group) : group));
  return JSON.stringify({ ...objectOf(document), items });
}

function lessOf(group: Json): Json {
  const versions = objectsAt(group, 'versions').map((version) => ({
    ...objectOf(version),
    resources: objectsAt(version, 'resources').filter(
      (resource) => !hiddenResources.includes(textAt(resource, 'resource') ?? ''),
    ),
  }));
  return { ...objectOf(group), versions };
}

/** kcp tells the logical cluster on every object. */
export function annotate(text: string, logicalCluster: string): string {
  if (!text.startsWith('{')) return text;
  const body = JSON.parse(text) as Json;
  const kind = textAt(body, 'kind') ?? '';
  if (kind === 'Status' || kind.startsWith('API') || kind.endsWith('Review')) return text;
  if (!kind.endsWith('List')) return JSON.stringify(named(body, logicalCluster));
  const items = objectsAt(body, 'items').map((item) => named(item, logicalCluster));
  return JSON.stringify({ ...objectOf(body), items });
}

function named(object: Json, logicalCluster: string): Json {
  const metadata = objectAt(object, 'metadata') ?? {};
  const annotations = { ...objectAt(metadata, 'annotations'), 'kcp.io/cluster': logicalCluster };
  return { ...objectOf(object), metadata: { ...metadata, annotations } };
}

/** What was added to an answer is not stored when it comes back. */
export function withoutName(text: string): string {
  if (!text.startsWith('{')) return text;
  const body = JSON.parse(text) as Json;
  const metadata = objectAt(body, 'metadata');
  if (!metadata || !('annotations' in metadata)) return text;
  const { annotations, ...kept } = metadata;
  const { 'kcp.io/cluster': _name, ...others } = objectOf(annotations ?? {});
  const left = Object.keys(others).length === 0 ? kept : { ...kept, annotations: others };
  return JSON.stringify({ ...objectOf(body), metadata: left });
}

function objectOf(value: Json): Record<string, Json> {
  return value as Record<string, Json>;
}
