import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, objectAt, textAt } from '../../src/sandbox/index.ts';
import type { Ending } from '../../test/faults/peers.ts';
import type { LabCluster } from '../../test/lab/lab.ts';
import { readContent } from '../../test/support/lab-content.ts';

/** The application's objects in all clusters, by `<cluster>/<Kind>/<name>`, as a person would compare them. */
export type Content = Readonly<Record<string, JsonObject>>;

/** Somebody else's change of the ConfigMap `settings`. */
export interface Edit {
  readonly cluster: string;
  readonly key: string;
  readonly value: string;
}

export interface Contents {
  readonly good: Content;
  readonly bad: Content;
  readonly edit: Edit | undefined;
}

/** Without a tool's records, which have no label `app`, and without who owns which field. */
export async function contentOf(clusters: readonly LabCluster[], namespace: string): Promise<Content> {
  const all = Object.entries(await readContent(clusters, namespace));
  const own = all.filter(([, object]) => textAt(object, 'metadata', 'labels', 'app') === namespace);
  return Object.fromEntries(own.map(([name, object]) => [name, withoutOwners(object)]));
}

function withoutOwners(object: JsonObject): JsonObject {
  const { managedFields: _fields, ...metadata } = objectAt(object, 'metadata');
  return { ...object, metadata };
}

export function judge({ good, bad, edit }: Contents, now: Content): Ending {
  const kept = Object.fromEntries(Object.entries(now).filter(([name]) => name in good || !(name in bad)));
  if (isDeepStrictEqual(kept, good)) return isDeepStrictEqual(now, good) ? 'back' : 'additions left';
  if (edit && isDeepStrictEqual(now, edited(good, edit))) return 'back but for the edit';
  const untouched = edit ? [bad, edited(bad, edit)] : [bad];
  return untouched.some((content) => isDeepStrictEqual(now, content)) ? 'unchanged' : 'half-done';
}

function edited(content: Content, { cluster, key, value }: Edit): Content {
  const name = `${cluster}/ConfigMap/settings`;
  const object = content[name] ?? {};
  return { ...content, [name]: { ...object, data: { ...objectAt(object, 'data'), [key]: value } } };
}
