import type { ServedType } from '../../ports/cluster.ts';
import { PortError } from '../../ports/port-error.ts';
import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import { textAt } from './json-access.ts';

/** `/api/v1` or `/apis/<group>/<version>`. */
export function groupVersionPath(apiVersion: string): string {
  const prefix = apiVersion.includes('/') ? '/apis' : '/api';
  return [prefix, ...apiVersion.split('/').map(segment)].join('/');
}

/** Where objects of a type are listed and created; without a namespace, in all namespaces. */
export function collectionPath(type: ServedType, namespace: string | undefined): string {
  const inNamespace = type.scope === 'namespaced' && namespace !== undefined ? ['namespaces', segment(namespace)] : [];
  return [groupVersionPath(type.apiVersion), ...inNamespace, segment(type.resource)].join('/');
}

/** A namespace given for a cluster-scoped type is ignored. */
export function homePath(type: ServedType, ref: ObjectRef): string {
  if (type.scope === 'namespaced' && ref.namespace === undefined) {
    throw new PortError('invalid', `${ref.kind} ${ref.name}: this kind lives in a namespace, but none is named`, {
      fields: ['metadata.namespace'],
    });
  }
  return collectionPath(type, ref.namespace);
}

export function objectPath(type: ServedType, ref: ObjectRef): string {
  return `${homePath(type, ref)}/${segment(ref.name)}`;
}

export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  const namespace = textAt(metadata, 'namespace');
  return { apiVersion, kind, name: metadata.name, ...(namespace === undefined ? {} : { namespace }) };
}

/** `ConfigMap shop/web`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** What Kubernetes itself refuses as a path segment is refused here, since it would lead to another object. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text)) {
    throw new PortError('invalid', `"${text}" cannot be part of an object's path`, { fields: ['metadata.name'] });
  }
  return encodeURIComponent(text);
}
