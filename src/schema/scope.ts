import { z } from 'zod';
import { objectRefSchema } from './object-ref.ts';

/** Label selector in kubectl's notation, for example `app=shop,tier in (web,api)`. */
const selectorTerm =
  /^(!?[A-Za-z0-9][-\w./]*|[A-Za-z0-9][-\w./]*\s*(=|==|!=)\s*[-\w.]*|[A-Za-z0-9][-\w./]*\s+(in|notin)\s+\([-\w.,\s]+\))$/;
const selectorSchema = z
  .string()
  .min(1, { error: 'must not be empty: an empty selector would select everything', abort: true })
  .refine((text) => text.split(/,(?![^(]*\))/).every((term) => selectorTerm.test(term.trim())), {
    message: 'must be a label selector such as "app=shop,tier in (web,api)"',
  });

const kind = /^([a-z0-9.-]+\/)?v[a-z0-9]+\/[A-Z][A-Za-z0-9]*$/;
const kindSchema = z.string().regex(kind, 'must be "<apiVersion>/<Kind>" such as "apps/v1/Deployment"');

/** What tells an object from every other, and what only the server writes: there is nothing to ignore in it. */
const identity = /^\/(apiVersion|kind|metadata|metadata\/(name|namespace|uid|resourceVersion|managedFields)(\/.*)?)$/;

const pointerSchema = z
  .string()
  .max(1000)
  .regex(/^(\/([^~/]|~[01])+)+$/, {
    error: 'must be a JSON pointer such as "/spec/replicas"; in a key "/" is written "~1" and "~" is written "~0"',
    abort: true,
  })
  .refine((pointer) => !identity.test(pointer), {
    message: 'names the identity of the object, which always counts; name a field in spec, data, labels or annotations',
  });

/** Fields of a kind that neither count as a difference nor are put back. `*` in a pointer stands for every item. */
export const ignoreRuleSchema = z.strictObject({
  /** `<apiVersion>/<Kind>`, or `*` for every kind. */
  kind: z.string().refine((text) => text === '*' || kind.test(text), {
    message: 'must be "<apiVersion>/<Kind>" such as "apps/v1/Deployment", or "*" for every kind',
  }),
  /** Only this object of the kind. */
  name: z.string().min(1).max(253).optional(),
  pointers: z.array(pointerSchema).min(1, 'needs at least one pointer').max(100),
});
export type IgnoreRule = z.infer<typeof ignoreRuleSchema>;

/** Which objects belong to a target: named ones (`refs`), and those of `kinds` that `selector` matches. */
export const scopeSchema = z
  .strictObject({
    refs: z.array(objectRefSchema).max(2000).optional(),
    selector: selectorSchema.optional(),
    kinds: z.array(kindSchema).min(1).max(200).optional(),
    exclude: z.array(objectRefSchema).max(2000).optional(),
    ignore: z.array(ignoreRuleSchema).max(500).optional(),
  })
  .refine((scope) => scope.selector !== undefined || (scope.refs?.length ?? 0) > 0, {
    message: 'needs "selector" or at least one entry in "refs"',
  });
