import { annotationsOf, resourceVersionOf } from '../src/domain/kubernetes/identity.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';

const fenceAnnotation = 'belay.dev/fence';

/** One object in a cluster. */
export interface Place {
  /** Writes it, fenced by the version it was read at. */
  readonly put: (object: KubeObject) => Promise<KubeObject>;
  readonly read: () => Promise<KubeObject | undefined>;
}

/** Controllers answer a write with one of their own: a fence is often outrun, but not for ever. */
const mostTries = 10;

/**
 * Two writes that change nothing together, neither content nor who owns it: what was sent against an earlier version of
 * the object meets another one, and fails. A PUT of the same content would not do: it leaves the version as it is. Where
 * somebody else has moved the version meanwhile, that has done it.
 */
export async function voidWrites(live: KubeObject, place: Place): Promise<void> {
  const mark = { [fenceAnnotation]: resourceVersionOf(live) };
  const marked = annotated(live, { ...annotationsOf(live), ...mark });
  for (let tries = 1; ; tries++) {
    const moved = await unlessOutrun(() => place.put(marked), tries);
    if (moved) return void (await withoutFence(moved, place));
    const now = await place.read();
    if (!now || resourceVersionOf(now) !== resourceVersionOf(live)) return;
  }
}

/** Takes off what a voiding has left behind; answers the object as it is then. */
export async function withoutFence(live: KubeObject, place: Place): Promise<KubeObject | undefined> {
  let found: KubeObject | undefined = live;
  for (let tries = 1; found; tries++) {
    const { [fenceAnnotation]: mark, ...own } = annotationsOf(found);
    if (mark === undefined) return found;
    const marked = found;
    const clean = await unlessOutrun(() => place.put(annotated(marked, own)), tries);
    if (clean) return clean;
    found = await place.read();
  }
  return undefined;
}

/** `null`: the object has moved since it was read. */
async function unlessOutrun(write: () => Promise<KubeObject>, tries: number): Promise<KubeObject | null> {
  try {
    return await write();
  } catch (error) {
    if (isPortError(error) && error.kind === 'conflict' && tries < mostTries) return null;
    throw error;
  }
}

function annotated(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}
