import { PortError } from '../ports/port-error.ts';

/** Where a store keeps its own id; no value may be stored under it. */
export const storeIdKey = 'store-id';

const segment = /^[a-z0-9][a-z0-9._-]{0,199}$/;
const longestKey = 600;

/** A part of a key that every store can keep: also a safe file name. */
export function isKeySegment(text: string): boolean {
  return segment.test(text);
}

/** Throws `PortError` `invalid` for a key that some store could not keep or could mistake for another. */
export function checkObjectKey(key: string): void {
  const fits = key.length <= longestKey && key !== storeIdKey && key.split('/').every(isKeySegment);
  if (!fits) throw invalidKey('object key', key);
}

/** A prefix is the beginning of a key; it may end inside a segment. */
export function checkKeyPrefix(prefix: string): void {
  const parts = prefix.split('/');
  const last = parts.pop() ?? '';
  const fits = prefix.length <= longestKey && parts.every(isKeySegment) && (last === '' || isKeySegment(last));
  if (!fits) throw invalidKey('key prefix', prefix);
}

function invalidKey(what: string, text: string): PortError {
  const shown = JSON.stringify(text.slice(0, 80));
  return new PortError(
    'invalid',
    `${what} ${shown} is not valid: use "/"-separated parts of a-z, 0-9, "-", "_" and ".", each starting with a letter or digit, ${longestKey} characters at most`,
  );
}
