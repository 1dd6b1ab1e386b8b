import { isObject, type Names } from './names.ts';
import type { Answer, Expectation, Json, JsonObject } from './vector.ts';

/** What an answer showed, in the shape of what was expected of it. */
export interface Seen {
  readonly answer: Answer;
  readonly names: Names;
  readonly step: Expectation;
  /** The answers of the steps before it. */
  readonly earlier: readonly Answer[];
}

/** The comparable form of an expectation. */
export function expected(step: Expectation): Record<string, unknown> {
  const { status, object, fields, like, managers } = step;
  return {
    status,
    ...(status < 400 ? {} : { reason: step.reason, causes: step.causes ?? [] }),
    ...(step.message === undefined ? {} : { message: String(step.message) }),
    ...(object === undefined ? {} : { object }),
    ...(fields === undefined ? {} : { fields }),
    ...(like === undefined ? {} : { difference: {} }),
    ...(managers === undefined ? {} : { managers: managers.toSorted() }),
  };
}

/** The same form of what was really answered. */
export function observed({ answer, names, step, earlier }: Seen): Record<string, unknown> {
  const { status, body } = answer;
  const masked = names.mask(withoutManagedFields(body)) as JsonObject;
  const first = step.like === undefined ? undefined : earlier[step.like - 1]?.body;
  return {
    status,
    ...(status < 400 ? {} : { reason: body.reason, causes: causesOf(body) }),
    ...(step.message === undefined ? {} : { message: matched(step.message, names.maskText(String(body.message))) }),
    ...(step.object === undefined ? {} : { object: masked }),
    ...(step.fields === undefined ? {} : { fields: picked(masked, Object.keys(step.fields)) }),
    ...(first === undefined ? {} : { difference: differences(first, body, step.but ?? []) }),
    ...(step.managers === undefined ? {} : { managers: managersOf(body) }),
  };
}

const matched = (pattern: RegExp, text: string): string => (pattern.test(text) ? String(pattern) : text);

function causesOf(body: JsonObject): string[] {
  const causes = listAt(body, 'details', 'causes').filter((cause) => memberOf(cause, 'field') !== undefined);
  return causes.map((cause) => `${memberOf(cause, 'reason')} ${memberOf(cause, 'field')}`);
}

function managersOf(body: JsonObject): string[] {
  const entries = listAt(body, 'metadata', 'managedFields').map((entry) =>
    ['manager', 'operation', 'subresource'].flatMap((key) => memberOf(entry, key) ?? []).join(' '),
  );
  return entries.sort();
}

function withoutManagedFields(body: JsonObject): JsonObject {
  const { metadata } = body;
  if (!isObject(metadata)) return body;
  const { managedFields: _fields, ...rest } = metadata;
  return { ...body, metadata: rest };
}

function picked(body: JsonObject, pointers: readonly string[]): Record<string, Json | undefined> {
  return Object.fromEntries(pointers.map((pointer) => [pointer, valueAt(body, pointer)]));
}

function valueAt(body: Json, pointer: string): Json | undefined {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<Json | undefined>(
    (here, key) => memberOf(here, key.replaceAll('~1', '/').replaceAll('~0', '~')),
    body,
  );
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) ? value[key] : undefined;
}

function listAt(body: JsonObject, ...path: string[]): Json[] {
  const found = path.reduce<Json | undefined>(memberOf, body);
  return Array.isArray(found) ? found : [];
}

const ALWAYS_DIFFERENT = ['/metadata/resourceVersion', '/metadata/managedFields'];

/** Values by pointer where two objects differ: `[first, second]`. */
function differences(first: Json, second: Json, ignored: readonly string[]): Record<string, [unknown, unknown]> {
  const found: Record<string, [unknown, unknown]> = {};
  const compare = (left: Json | undefined, right: Json | undefined, pointer: string): void => {
    if (left === right || [...ALWAYS_DIFFERENT, ...ignored].includes(pointer)) return;
    if (!areAlike(left, right)) {
      found[pointer] = [left, right];
      return;
    }
    for (const key of new Set([...Object.keys(left as object), ...Object.keys(right as object)])) {
      compare(memberOf(left, key), memberOf(right, key), `${pointer}/${key.replaceAll('/', '~1')}`);
    }
  };
  compare(first, second, '');
  return found;
}

function areAlike(left: Json | undefined, right: Json | undefined): boolean {
  return (isObject(left) && isObject(right)) || (Array.isArray(left) && Array.isArray(right));
}
