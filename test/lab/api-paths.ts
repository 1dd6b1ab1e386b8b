import { type JsonObject, objectsAt, textAt } from '../../src/sandbox/index.ts';

/** Where objects live, by what the server's discovery says about their kind. */
export interface Paths {
  ofCollection(object: JsonObject): Promise<string>;
  ofObject(object: JsonObject): Promise<string>;
}

interface Resource {
  readonly plural: string;
  readonly isNamespaced: boolean;
}

export function createPaths(get: (path: string) => Promise<JsonObject>): Paths {
  const known = new Map<string, Resource>();
  const learn = async (base: string, groupVersion: string) => {
    for (const resource of objectsAt(await get(base), 'resources')) {
      const plural = textAt(resource, 'name') ?? '';
      const found = { plural, isNamespaced: resource.namespaced === true };
      if (!plural.includes('/')) known.set(`${groupVersion}/${textAt(resource, 'kind')}`, found);
    }
  };
  const ofCollection = async (object: JsonObject) => {
    const groupVersion = textAt(object, 'apiVersion') ?? '';
    const base = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
    const key = `${groupVersion}/${textAt(object, 'kind')}`;
    // A kind may have been defined since the last look.
    if (!known.has(key)) await learn(base, groupVersion);
    const resource = known.get(key);
    if (resource === undefined) throw new Error(`the cluster does not serve ${key}`);
    const namespace = textAt(object, 'metadata', 'namespace') ?? 'default';
    return resource.isNamespaced ? `${base}/namespaces/${namespace}/${resource.plural}` : `${base}/${resource.plural}`;
  };
  return {
    ofCollection,
    ofObject: async (object) => `${await ofCollection(object)}/${textAt(object, 'metadata', 'name')}`,
  };
}
