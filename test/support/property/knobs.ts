import type { Json, JsonObject } from '../../../src/sandbox/index.ts';
import type { Random } from '../random.ts';

export type Path = readonly (string | number)[];

/** A field that teams set: where it is, and what it may be. None of the values is the server's default. */
export interface Knob {
  readonly path: Path;
  readonly values: readonly Json[];
  /** May be left out. */
  readonly optional?: true;
  /** Left out of the first version; only a later one may set it. */
  readonly later?: true;
  /** Changes only with an object deleted and made anew. */
  readonly fixed?: true;
}

/** One value for each knob of a kind; undefined: left out. */
export type Settings = readonly (Json | undefined)[];

export function firstSettings(random: Random, knobs: readonly Knob[]): Settings {
  return knobs.map((knob) => {
    const isOut = knob.later || (knob.optional && random.chance(0.5));
    return isOut ? undefined : random.pick(knob.values);
  });
}

/** Another value than `was`, or none. */
export function turned(random: Random, knob: Knob, was: Json | undefined): Json | undefined {
  if (knob.optional && was !== undefined && random.chance(0.4)) return undefined;
  const others = knob.values.filter((value) => JSON.stringify(value) !== JSON.stringify(was));
  return others.length === 0 ? undefined : random.pick(others);
}

export function isTurned(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

/** The manifest with these settings. */
export function withSettings(skeleton: JsonObject, knobs: readonly Knob[], settings: Settings): JsonObject {
  return knobs.reduce((object, { path }, index) => withValue(object, path, settings[index]) as JsonObject, skeleton);
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    return (inner as Record<string | number, Json | undefined>)[key];
  }, value);
}

function withValue(value: Json | undefined, [key, ...rest]: Path, wanted: Json | undefined): Json | undefined {
  if (key === undefined) return wanted;
  if (typeof key === 'number') return withItem(Array.isArray(value) ? value : [], key, rest, wanted);
  const record = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  const inner = withValue(record[key], rest, wanted);
  const { [key]: _before, ...others } = record;
  if (inner === undefined) return value === undefined && wanted === undefined ? undefined : others;
  return { ...others, [key]: inner };
}

/** Only the last item of a list may be left out. */
function withItem(list: readonly Json[], index: number, rest: Path, wanted: Json | undefined): Json[] {
  const inner = withValue(list[index], rest, wanted);
  const before = list.slice(0, index);
  return inner === undefined ? before : [...before, inner, ...list.slice(index + 1)];
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
