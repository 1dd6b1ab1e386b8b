import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { type ObjectRef, objectRefSchema } from '../schema/object-ref.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { fileProblem, readText } from './read-text.ts';
import { refuseDeepNesting, type YamlSource } from './yaml-source.ts';

interface NamedBy {
  readonly guardPath: string;
  readonly source: YamlSource;
}

/** CRDs are the largest manifests people apply, about 2 MiB each. */
const largestManifest = 16 * 1024 * 1024;

/** What the request may carry, see `guardRequestSchema`. */
const mostObjects = 5000;

/** The objects named in files and folders (not in their subfolders, as `kubectl apply -f`). Their contents go no further. */
export async function readManifests(entries: readonly string[], namedBy: NamedBy): Promise<readonly ObjectRef[]> {
  const found = await Promise.allSettled(entries.map((entry, index) => readEntry(entry, index, namedBy)));
  const problems = found.flatMap((result) => (result.status === 'rejected' ? problemsIn(result.reason) : []));
  if (problems.length > 0) throw new ConfigError(problems);
  const refs = distinct(found.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])));
  if (refs.length > mostObjects) throw tooMany(refs.length, namedBy);
  return refs;
}

function problemsIn(error: unknown): readonly ConfigProblem[] {
  if (error instanceof ConfigError) return error.problems;
  throw error;
}

async function readEntry(entry: string, index: number, namedBy: NamedBy): Promise<ObjectRef[]> {
  const path = resolve(dirname(namedBy.guardPath), entry);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw missingEntry(entry, index, namedBy);
  if (!found.isDirectory()) return readManifest(path, entry);
  const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  const refs = await Promise.all(names.map((name) => readManifest(join(path, name), join(entry, name))));
  return refs.flat();
}

function missingEntry(entry: string, index: number, { guardPath, source }: NamedBy): ConfigError {
  const origin = { file: source.shown, place: source.placeOf(['manifests', index]), field: `manifests[${index}]` };
  const fix = `name a file or folder relative to ${dirname(guardPath)}`;
  return new ConfigError([{ ...origin, what: `"${entry}" does not exist`, fix }]);
}

function tooMany(count: number, { source }: NamedBy): ConfigError {
  const origin = { file: source.shown, place: source.placeOf(['manifests']), field: 'manifests' };
  return new ConfigError([{ ...origin, what: `names ${count} objects`, fix: `name at most ${mostObjects}` }]);
}

async function readManifest(path: string, shown: string): Promise<ObjectRef[]> {
  const text = await readText({ path, shown, limit: largestManifest });
  refuseDeepNesting(text, shown);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  if ('empty' in documents) return [];
  return documents.flatMap((document) => {
    const { line, col: column } = lines.linePos(document.contents?.range[0] ?? 0);
    const place = { file: shown, place: { line, column } };
    // Codes only: the library's messages quote the text, which may be a Secret's.
    const broken = document.errors[0];
    if (broken !== undefined) {
      throw manifestError(
        { file: shown, place: at(lines, broken.pos[0]) },
        'is not valid YAML',
        `correct it (${broken.code})`,
      );
    }
    return refsIn(toValue(document, place), place);
  });
}

type At = Pick<ConfigProblem, 'file' | 'place'>;

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function toValue(document: { toJS(options: { maxAliasCount: number }): unknown }, place: At): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch {
    throw manifestError(place, 'uses too many aliases', 'write it without');
  }
}

function refsIn(value: unknown, place: At): ObjectRef[] {
  if (value === null || value === undefined) return [];
  const { apiVersion, kind, metadata, items } = value as Record<string, unknown>;
  if (Array.isArray(items) && typeof kind === 'string' && kind.endsWith('List')) {
    return items.flatMap((item: unknown) => refsIn(item, place));
  }
  const { name, namespace } = (metadata ?? {}) as Record<string, unknown>;
  const ref = objectRefSchema.safeParse({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
  if (ref.success) return [ref.data];
  const fix = 'each document needs apiVersion, kind and metadata.name; name the files when a folder holds others';
  throw manifestError(place, 'is not a Kubernetes object', fix);
}

function manifestError(place: At, what: string, fix: string): ConfigError {
  return new ConfigError([{ ...fileProblem(place.file, what, fix), place: place.place }]);
}

function distinct(refs: readonly ObjectRef[]): ObjectRef[] {
  const key = (ref: ObjectRef) => [ref.apiVersion, ref.kind, ref.namespace ?? '', ref.name].join('\n');
  return [...new Map(refs.map((ref) => [key(ref), ref])).values()];
}
