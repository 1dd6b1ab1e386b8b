import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../src/sandbox/index.ts';

/** One version of a small application, for any deploy tool. */
export interface ShopVersion {
  readonly image: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly port: number;
  /** Names of ConfigMaps that only some versions have. */
  readonly flags: readonly string[];
}

export const shopVersions = {
  v1: { image: 'registry.example/web:v1', settings: { mode: 'calm', limit: '10' }, port: 80, flags: ['old-flags'] },
  /** Its image does not exist; it changes, adds and removes. */
  v2: {
    image: 'registry.example/web:v2-pull-error',
    settings: { mode: 'wild', extra: 'yes' },
    port: 8080,
    flags: ['new-flags'],
  },
  /** As bad as v2, and without what v2 adds. */
  again: { image: 'registry.example/web:again-pull-error', settings: { mode: 'wilder' }, port: 8081, flags: [] },
  /** Good, and seconds away from ready. */
  slow: { image: 'registry.example/web:slow', settings: { mode: 'slow' }, port: 82, flags: ['new-flags'] },
  /** Good, and unlike v1 in the fields that a restore writes. */
  v3: { image: 'registry.example/web:v3', settings: { mode: 'brisk' }, port: 81, flags: [] },
} as const satisfies Record<string, ShopVersion>;

/** Without namespaces: the tool is told one. */
export function shopObjects(app: string, { image, settings, port, flags }: ShopVersion): JsonObject[] {
  const labels = { app };
  const selector = { web: app };
  const container = { name: 'web', image, envFrom: [{ configMapRef: { name: 'settings' } }] };
  const template = { metadata: { labels: selector }, spec: { containers: [container] } };
  const configMap = (name: string, data: JsonObject) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data,
  });
  return [
    configMap('settings', settings),
    ...flags.map((name) => configMap(name, { flag: name })),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', labels }, spec: { selector, ports: [{ port }] } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels },
      spec: { replicas: 2, selector: { matchLabels: selector }, template },
    },
  ];
}

/** A folder for `kubectl apply -f`, one file per object. */
export async function writeManifests(folder: string, objects: readonly JsonObject[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (object: JsonObject, index: number) =>
    writeFile(join(folder, `${index}.json`), `${JSON.stringify(object, undefined, 2)}\n`);
  await Promise.all(objects.map(write));
}

/** A chart without values: what it installs is what it says. */
export async function writeChart(folder: string, objects: readonly JsonObject[]): Promise<void> {
  await mkdir(join(folder, 'templates'), { recursive: true });
  await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
  const documents = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  await writeFile(join(folder, 'templates/all.yaml'), `${documents}\n`);
}
