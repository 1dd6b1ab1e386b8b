import { type JsonObject, objectAt, objectsAt, textAt, textsAt } from './json.ts';
import { BUILT_IN_KINDS, type Kind, type Trait } from './kinds.ts';
import { nameOf } from './meta.ts';

/** The kinds one cluster serves: the built-in ones and those of its CustomResourceDefinitions. */
export class Registry {
  readonly #custom = new Map<string, Kind[]>();

  get kinds(): readonly Kind[] {
    return [...BUILT_IN_KINDS, ...[...this.#custom.values()].flat()];
  }

  find(group: string, version: string, plural: string): Kind | undefined {
    return this.kinds.find((kind) => kind.group === group && kind.version === version && kind.plural === plural);
  }

  serves(group: string, version: string): boolean {
    return this.kinds.some((kind) => kind.group === group && kind.version === version);
  }

  ofTable(table: string): Kind | undefined {
    return this.kinds.find((kind) => `${kind.group}/${kind.plural}` === table);
  }

  /** Serves what the definition says, in place of what it said before. */
  define(crd: JsonObject): void {
    this.#custom.set(nameOf(crd), customKinds(crd));
  }

  withdraw(crd: JsonObject): void {
    this.#custom.delete(nameOf(crd));
  }
}

function customKinds(crd: JsonObject): Kind[] {
  return objectsAt(crd, 'spec', 'versions')
    .filter((version) => version.served === true)
    .map((version) => customKind(crd, version));
}

function customKind(crd: JsonObject, version: JsonObject): Kind {
  const names = objectAt(crd, 'spec', 'names');
  const schema = objectAt(version, 'schema', 'openAPIV3Schema');
  return {
    group: textAt(crd, 'spec', 'group') ?? '',
    version: textAt(version, 'name') ?? '',
    kind: textAt(names, 'kind') ?? '',
    plural: textAt(names, 'plural') ?? '',
    singular: textAt(names, 'singular') ?? '',
    shortNames: textsAt(names, 'shortNames'),
    traits: customTraits(crd, version),
    custom: { crd: nameOf(crd), schema: Object.keys(schema).length === 0 ? undefined : schema },
  };
}

function customTraits(crd: JsonObject, version: JsonObject): ReadonlySet<Trait> {
  const subresources = objectAt(version, 'subresources');
  const traits: Trait[] = ['generation', 'versionedPut'];
  if (textAt(crd, 'spec', 'scope') === 'Cluster') traits.push('cluster');
  if (subresources.status !== undefined) traits.push('status');
  return new Set(traits);
}

/** A built-in kind that is known to exist. */
export function builtInKind(plural: string): Kind {
  const kind = BUILT_IN_KINDS.find((candidate) => candidate.plural === plural);
  if (kind === undefined) throw new Error(`not a built-in kind: ${plural}`);
  return kind;
}
