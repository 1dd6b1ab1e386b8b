import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** As written in a manifest. */
export interface Manifest extends Reference {
  readonly [field: string]: unknown;
}

export interface Version {
  readonly objects: readonly Manifest[];
  readonly deleted: readonly Reference[];
}

/** The version in `folder` as it is meant for one cluster: `clusters/<name>/` replaces objects of the same name. */
export async function readVersion(folder: string, cluster: string): Promise<Version> {
  const special = join(folder, 'clusters', cluster);
  const objects = [...(await readFolder(folder)), ...(existsSync(special) ? await readFolder(special) : [])];
  const byName = new Map(objects.map((object) => [nameOf(object), object]));
  return { objects: [...byName.values()].sort(byKind), deleted: await readDeleted(join(folder, 'deleted.txt')) };
}

export function nameOf({ apiVersion, kind, metadata }: Reference): string {
  return `${apiVersion}/${kind}/${metadata.name}`;
}

async function readFolder(folder: string): Promise<Manifest[]> {
  const names = (await readdir(folder)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest));
}

async function readDeleted(file: string): Promise<Reference[]> {
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [apiVersion = '', kind = '', name = ''] = line.trim().split(/\s+/);
    return { apiVersion, kind, metadata: { name } };
  });
}

/** Pods must find what they refer to. */
const order = ['Namespace', 'CustomResourceDefinition', 'ConfigMap', 'Secret', 'Service'];

function byKind(a: Manifest, b: Manifest): number {
  return rank(a.kind) - rank(b.kind);
}

function rank(kind: string): number {
  const position = order.indexOf(kind);
  return position < 0 ? order.length : position;
}
