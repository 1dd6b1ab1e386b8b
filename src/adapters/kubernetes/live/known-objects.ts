import type { WatchEvent } from '../../../ports/cluster.ts';
import type { KubeObject } from '../../../schema/json.ts';
import { textAt } from '../json-access.ts';

/** The objects of one list, as a watch changes them. */
export interface KnownObjects {
  all(): readonly KubeObject[];
  /** Answers whether anything is different now. */
  replace(objects: readonly KubeObject[]): boolean;
  apply(event: Exclude<WatchEvent, { kind: 'bookmark' }>): void;
}

export function createKnownObjects(): KnownObjects {
  let byName = new Map<string, KubeObject>();
  let list: readonly KubeObject[] | undefined;
  return {
    all: () => (list ??= [...byName.values()]),
    replace(objects) {
      const next = new Map(objects.map((object) => [nameOf(object), object]));
      const isSame = next.size === byName.size && objects.every((object) => isKnown(byName, object));
      if (isSame) return false;
      byName = next;
      list = undefined;
      return true;
    },
    apply({ kind, object }) {
      const name = nameOf(object);
      list = undefined;
      if (kind === 'stored') byName.set(name, object);
      // One of the same name may have come since.
      else if (byName.get(name)?.metadata.uid === object.metadata.uid) byName.delete(name);
    },
  };
}

function nameOf({ metadata }: KubeObject): string {
  return `${textAt(metadata, 'namespace') ?? ''}/${metadata.name}`;
}

function isKnown(known: ReadonlyMap<string, KubeObject>, object: KubeObject): boolean {
  const before = known.get(nameOf(object))?.metadata;
  return before?.uid === object.metadata.uid && before?.resourceVersion === object.metadata.resourceVersion;
}
