import { annotationsOf, resourceVersionOf } from '../src/domain/kubernetes/identity.ts';
import type { KubeObject } from '../src/schema/json.ts';

const fenceAnnotation = 'belay.dev/fence';

/** Writes an object fenced by the version it was read at. */
export type Put = (object: KubeObject) => Promise<KubeObject>;

/**
 * Two writes that change nothing together, neither content nor who owns it: what was sent against an earlier version of
 * the object meets another one, and fails. A PUT of the same content would not do: it leaves the version as it is.
 */
export async function voidWrites(live: KubeObject, put: Put): Promise<void> {
  const mark = { [fenceAnnotation]: resourceVersionOf(live) };
  await withoutFence(await put(annotated(live, { ...annotationsOf(live), ...mark })), put);
}

/** Takes off what a voiding that was cut short has left behind. */
export async function withoutFence(live: KubeObject, put: Put): Promise<KubeObject> {
  const { [fenceAnnotation]: mark, ...own } = annotationsOf(live);
  return mark === undefined ? live : await put(annotated(live, own));
}

function annotated(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}
