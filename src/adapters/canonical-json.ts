import { isLosslessNumber, parse } from 'lossless-json';
import { PortError } from '../ports/port-error.ts';

/**
 * One text per value: sorted keys, no spaces, exact numbers as they are. Properties that are `undefined` are left out.
 * Throws `PortError` `invalid`, naming the place, for anything that JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
  try {
    return print(value, '');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PortError('invalid', 'the value is not plain JSON (it contains itself, or is nested too deeply)');
  }
}

/** Numbers come back as numbers, except those that would change: these come back exact. */
export function parseJson(text: string): unknown {
  return parse(text, null, {
    parseNumber: (digits) => (String(Number(digits)) === digits ? Number(digits) : parse(digits)),
  });
}

function print(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item, index) => print(item, `${path}[${index}]`)).join(',')}]`;
  if (isLosslessNumber(value)) return value.toString();
  if (isPlainObject(value)) return `{${printProperties(value, path)}}`;
  throw new PortError('invalid', `${path || 'the value'} is not plain JSON (${typeof value})`);
}

function printProperties(object: Record<string, unknown>, path: string): string {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${print(object[key], `${path}.${key}`)}`)
    .join(',');
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
