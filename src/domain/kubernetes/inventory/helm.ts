import type { Json, KubeObject } from '../../../schema/json.ts';
import type { ObjectRef } from '../../../schema/object-ref.ts';
import { labelsOf } from '../identity.ts';
import { asList, asText, at } from '../json.ts';

/** Helm keeps one Secret per revision, the last ten by default. */
export function releaseSelector(release: string): string {
  return `owner=helm,name=${release}`;
}

export function isReleaseRecord(secret: KubeObject): boolean {
  return asText(secret.type) === 'helm.sh/release.v1';
}

/**
 * The records whose objects may be there now: the newest, the newest that was deployed, and all that never got so far:
 * what a failed upgrade has made is forgotten by Helm when the next revision does not name it.
 */
export function currentRecords(records: readonly KubeObject[]): readonly KubeObject[] {
  const newestFirst = [...records].sort((one, other) => revisionOf(other) - revisionOf(one));
  const deployed = newestFirst.find((record) => statusOf(record) === 'deployed');
  return newestFirst.filter((record, index) => index === 0 || record === deployed || unfinished.test(statusOf(record)));
}

const unfinished = /^(failed|pending-.*)$/;

function statusOf(record: KubeObject): string {
  return labelsOf(record).status ?? '';
}

function revisionOf(record: KubeObject): number {
  return Number(labelsOf(record).version ?? 0);
}

/** The compressed release as the API shows it: base64 of the base64 that Helm wrote. */
export function releaseText(record: KubeObject): string | undefined {
  return asText(at(record, 'data', 'release'));
}

/** The objects that the documents of a manifest name. `namespace`: the release's, for those that name none. */
export function refsInManifest(documents: readonly Json[], namespace: string): readonly ObjectRef[] {
  return documents.flatMap((document) => {
    const kind = asText(at(document, 'kind'));
    if (kind?.endsWith('List')) return refsInManifest(asList(at(document, 'items')), namespace);
    const apiVersion = asText(at(document, 'apiVersion'));
    const name = asText(at(document, 'metadata', 'name'));
    if (!apiVersion || !kind || !name) return [];
    return [{ apiVersion, kind, namespace: asText(at(document, 'metadata', 'namespace')) || namespace, name }];
  });
}
