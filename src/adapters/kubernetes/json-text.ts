import { parse, stringify } from 'lossless-json';
import type { Json } from '../../schema/json.ts';

/** An object that only looks like an exact number would be printed as one, so it is refused when read. */
const LOOKALIKE = /"isLosslessNumber"\s*:\s*true/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Every number becomes an `ExactNumber`. Throws `SyntaxError`, whose message may quote the text: never pass it on. */
export function parseJson(text: string): Json {
  if (LOOKALIKE.test(text)) throw new SyntaxError('an object with the field "isLosslessNumber" cannot be kept exactly');
  return parse(text) as Json;
}

/** Exact numbers are known by structure, because copies made by pure code lose lossless-json's marker. */
export function printJson(value: Json): string {
  return stringify(value, undefined, undefined, [{ test: isExactNumber, stringify: exactText }]) ?? 'null';
}

function isExactNumber(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { isLosslessNumber, value: text } = value as { isLosslessNumber?: unknown; value?: unknown };
  return isLosslessNumber === true && typeof text === 'string' && NUMBER.test(text);
}

function exactText(value: unknown): string {
  return (value as { value: string }).value;
}
