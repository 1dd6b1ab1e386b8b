import { encode, type JsonObject, omit } from './json.ts';
import { ApiError } from './status-errors.ts';

/** How a stored object is shown: whole, as an item of a typed list (no kind), or its metadata only. */
export type View = 'full' | 'item' | 'metadata';

const remembered: Record<View, WeakMap<JsonObject, string>> = {
  full: new WeakMap(),
  item: new WeakMap(),
  metadata: new WeakMap(),
};

/** The JSON text of a stored object, which nobody changes in place. */
export function textOf(object: JsonObject, view: View): string {
  const known = remembered[view].get(object);
  if (known !== undefined) return known;
  const text = encode(shown(object, view));
  remembered[view].set(object, text);
  return text;
}

function shown(object: JsonObject, view: View): JsonObject {
  if (view === 'full') return object;
  if (view === 'item') return omit(object, 'kind', 'apiVersion');
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

const METADATA_ONLY = /^as=PartialObjectMetadata(List)?$/;

/** What the Accept header asks for; the first form that the server has wins. */
export function acceptedView(accept: string): 'full' | 'metadata' {
  const forms = accept.split(',').map((form) => form.split(';').map((part) => part.trim()));
  for (const [type = '', ...parameters] of forms) {
    if (!['application/json', '*/*', 'application/*', ''].includes(type)) continue;
    if (parameters.some((parameter) => METADATA_ONLY.test(parameter))) return 'metadata';
    if (!parameters.some((parameter) => parameter.startsWith('as='))) return 'full';
  }
  throw new ApiError(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
}
