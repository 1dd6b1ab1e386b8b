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

const nameSchema = z.string().min(1).max(253);

const sources = ['helm', 'applySet', 'kapp', 'flux', 'argo'] as const;

/** What a deploy tool has written down as its own, in the target's namespace unless it says otherwise. */
export const inventorySchema = z
  .strictObject({
    /** Name of a Helm release (its records are Secrets). */
    helm: nameSchema.optional(),
    /** The set's id, or its parent as kubectl's `--applyset` takes it, with the kind: `Secret/shop`. */
    applySet: z
      .string()
      .regex(
        /^(applyset-[\w-]+-v1|[A-Z][A-Za-z0-9]*(\.[a-z0-9.-]+)?\/[a-z0-9.-]+)$/,
        'must be the id of an ApplySet ("applyset-…-v1") or its parent such as "Secret/shop"',
      )
      .optional(),
    /** Name of a kapp application. */
    kapp: nameSchema.optional(),
    flux: z
      .strictObject({
        kind: z.enum(['Kustomization', 'HelmRelease']),
        name: nameSchema,
        namespace: nameSchema.optional(),
      })
      .optional(),
    /** Name of an Argo CD Application; its objects are known by tracking id or instance label, among `scope.kinds`. */
    argo: nameSchema.optional(),
  })
  .refine((inventory) => sources.filter((source) => inventory[source] !== undefined).length === 1, {
    message: `needs exactly one of ${sources.join(', ')}; write one entry for each`,
  });
export type Inventory = z.infer<typeof inventorySchema>;

/** Which objects belong to a target: the union of what each source names. See docs/scope.md. */
export const scopeSchema = z
  .strictObject({
    refs: z.array(objectRefSchema).max(2000).optional(),
    selector: selectorSchema.optional(),
    inventory: z.array(inventorySchema).max(100).optional(),
    /** Also what members need: named by their pod templates, aimed at them, or defining their kind. */
    closure: z.boolean().optional(),
    kinds: z.array(kindSchema).min(1).max(200).optional(),
    exclude: z.array(objectRefSchema).max(2000).optional(),
    ignore: z.array(ignoreRuleSchema).max(500).optional(),
  })
  .refine(
    ({ selector, refs, inventory }) =>
      selector !== undefined || (refs?.length ?? 0) > 0 || (inventory?.length ?? 0) > 0,
    { message: 'needs "selector" or at least one entry in "refs" or "inventory"' },
  );
