import { canonicalText } from '../src/domain/kubernetes/canonical.ts';
import { refKey, refOf, resourceVersionOf, uidOf } from '../src/domain/kubernetes/identity.ts';
import type { SnapshotStore } from '../src/ports/snapshot-store.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';

/** Two short texts that are equal when nothing moved: by version, and by content where status never rests. Keyed, so they tell nothing. */
export function fingerprints(
  store: SnapshotStore,
  objects: readonly KubeObject[],
  { scope }: ResolvedTarget,
): { versions: string; contents: string } {
  const lines = (describe: (object: KubeObject) => string) =>
    objects
      .map((object) => `${refKey(refOf(object))} ${uidOf(object)} ${describe(object)}`)
      .sort()
      .join('\n');
  const content = (object: KubeObject) => canonicalText(object, scope.ignore);
  return { versions: store.fingerprint(lines(resourceVersionOf)), contents: store.fingerprint(lines(content)) };
}
