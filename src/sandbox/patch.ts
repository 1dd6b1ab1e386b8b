import { clone, equal, isObject, type Json, type JsonObject } from './json.ts';
import { ApiError } from './status-errors.ts';

/** RFC 7386: null removes, objects merge, all else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return clone(patch);
  const result: JsonObject = isObject(target) ? clone(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Every failing JSON patch has this one answer, a failed `test` too. */
function patchRejected(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** RFC 6902. The patch is applied to a copy. */
export function jsonPatch(target: JsonObject, operations: Json): JsonObject {
  if (!Array.isArray(operations)) throw patchRejected();
  let result: Json = clone(target);
  for (const operation of operations) result = applyOperation(result, operation);
  if (!isObject(result)) throw patchRejected();
  return result;
}

function applyOperation(document: Json, operation: Json): Json {
  if (!isObject(operation)) throw patchRejected();
  const apply = OPERATIONS[String(operation.op)];
  if (apply === undefined) throw patchRejected();
  return apply(document, operation);
}

type Apply = (document: Json, operation: JsonObject) => Json;

const OPERATIONS: Record<string, Apply> = {
  add: (document, operation) => edit(document, pointer(operation, 'path'), insertMember(operand(operation))),
  remove: (document, operation) => edit(document, pointer(operation, 'path'), removeMember),
  replace: (document, operation) => replace(document, pointer(operation, 'path'), operand(operation)),
  move: (document, operation) => {
    const value = find(document, pointer(operation, 'from'));
    const without = edit(document, pointer(operation, 'from'), removeMember);
    return edit(without, pointer(operation, 'path'), insertMember(value));
  },
  copy: (document, operation) =>
    edit(document, pointer(operation, 'path'), insertMember(clone(find(document, pointer(operation, 'from'))))),
  test: (document, operation) => {
    if (equal(find(document, pointer(operation, 'path')), operand(operation))) return document;
    throw patchRejected();
  },
};

function operand(operation: JsonObject): Json {
  const value = operation.value;
  if (value === undefined) throw patchRejected();
  return value;
}

function pointer(operation: JsonObject, key: 'path' | 'from'): string[] {
  const text = operation[key];
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw patchRejected();
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** An absent member is added: the real server's library does so too. */
function replace(document: Json, path: string[], value: Json): Json {
  if (path.length === 0) return clone(value);
  const parent = find(document, path.slice(0, -1));
  const key = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent[index(key, parent.length - 1)] = value;
  else if (isObject(parent)) parent[key] = value;
  else throw patchRejected();
  return document;
}

function find(document: Json, path: readonly string[]): Json {
  let here: Json | undefined = document;
  for (const key of path) here = child(here, key);
  if (here === undefined) throw patchRejected();
  return here;
}

function child(parent: Json | undefined, key: string): Json | undefined {
  if (Array.isArray(parent)) return parent[index(key, parent.length - 1)];
  return isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
}

function index(key: string, last: number): number {
  const position = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  if (position < 0 || position > last) throw patchRejected();
  return position;
}

type Change = (parent: Json, key: string) => void;

function edit(document: Json, path: string[], change: Change): Json {
  const key = path.at(-1);
  if (key === undefined) throw patchRejected();
  change(find(document, path.slice(0, -1)), key);
  return document;
}

function insertMember(value: Json): Change {
  return (parent, key) => {
    if (Array.isArray(parent)) parent.splice(key === '-' ? parent.length : index(key, parent.length), 0, value);
    else if (isObject(parent)) parent[key] = value;
    else throw patchRejected();
  };
}

function removeMember(parent: Json, key: string): void {
  if (Array.isArray(parent)) parent.splice(index(key, parent.length - 1), 1);
  else if (isObject(parent) && Object.hasOwn(parent, key)) delete parent[key];
  else throw patchRejected();
}
