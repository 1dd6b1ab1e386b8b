import type { z } from 'zod';
import type { Path } from './yaml-source.ts';

/** What the walk needs of zod's definitions; all fields are there or not by the kind of schema. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** The keys an object may have at `path`, for "did you mean". */
export function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  let current: z.core.$ZodType | undefined = schema;
  for (const part of path) current = current && childOf(definition(current), part);
  return current === undefined ? [] : Object.keys(definition(current).shape ?? {});
}

function childOf(found: Definition, part: PropertyKey): z.core.$ZodType | undefined {
  return found.shape?.[String(part)] ?? found.element ?? found.valueType;
}

/** Optional, default and transform are wrappings around the shape that a person writes. */
function definition(schema: z.core.$ZodType): Definition {
  const found = schema._zod.def as Definition;
  const inner = found.innerType ?? found.in ?? found.options?.find((option) => definition(option).shape !== undefined);
  return inner === undefined ? found : definition(inner);
}
