import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { refsInManifest } from '../domain/kubernetes/inventory/helm.ts';
import { PortError } from '../ports/port-error.ts';
import type { ReleaseReader } from '../ports/release-reader.ts';
import type { Json } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';

/** Records are at most 1 MiB (a Secret's limit) and hold text; more than this is no release. */
const largestRelease = 64 * 1024 * 1024;
/** Looks follow one another while a deploy is watched: the same few records are read again and again. */
const mostKept = 64;

/** Keeps the names it found, by the record's hash; never the record. */
export function createHelmReleaseReader(): ReleaseReader {
  const known = new Map<string, Promise<readonly ObjectRef[]>>();
  return (text, namespace) => {
    const key = createHash('sha256').update(`${namespace}\n${text}`).digest('hex');
    const refs = known.get(key) ?? readRefs(text, namespace);
    known.delete(key);
    known.set(key, refs);
    const [oldest = ''] = known.keys();
    if (known.size > mostKept) known.delete(oldest);
    return refs;
  };
}

async function readRefs(text: string, namespace: string): Promise<readonly ObjectRef[]> {
  const release = await attempt('is not compressed JSON', async () => {
    const packed = Buffer.from(Buffer.from(text, 'base64').toString('latin1'), 'base64');
    const bytes = await promisify(gunzip)(packed, { maxOutputLength: largestRelease });
    return JSON.parse(bytes.toString('utf8')) as { manifest?: unknown };
  });
  if (typeof release.manifest !== 'string') throw corrupt('has no manifest');
  const { manifest } = release;
  return await attempt('has a manifest that is not YAML', async () => refsInManifest(documentsIn(manifest), namespace));
}

function documentsIn(manifest: string): readonly Json[] {
  const documents = parseAllDocuments(manifest, { prettyErrors: false, uniqueKeys: false });
  if ('empty' in documents) return [];
  return documents.map((document) => {
    if (document.errors.length > 0) throw corrupt('has a manifest that is not YAML');
    return document.toJS({ maxAliasCount: 1000 }) as Json;
  });
}

async function attempt<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    throw corrupt(what);
  }
}

function corrupt(what: string): PortError {
  return new PortError('corrupt', `a record of the Helm release ${what}`);
}
