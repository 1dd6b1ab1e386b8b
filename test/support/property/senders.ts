import type { Json, JsonObject } from '../../../src/sandbox/index.ts';
import type { LabClient } from '../../lab/client.ts';
import { pollUntil } from '../poll.ts';
import type { Mode, Planned } from './graph.ts';
import { collectionOf } from './kinds.ts';
import { applyPatch, withLastApplied } from './three-way.ts';

type Named = Pick<Planned, 'kind' | 'name'>;

export interface ToApply extends Named {
  readonly manifest: JsonObject;
}

/** What a deploy can do, all of it in one namespace; throws what a server refused. */
export interface Sender {
  apply(objects: readonly ToApply[], mode: Mode, conflicts: 'forced' | 'unforced'): Promise<void>;
  patch(object: Named, operations: readonly JsonObject[]): Promise<void>;
  /** `null` takes the label off. */
  label(object: Named, labels: Readonly<Record<string, string | null>>): Promise<void>;
  scale(object: Named, replicas: number): Promise<void>;
  /** Answers when they are gone. */
  remove(objects: readonly Named[]): Promise<void>;
}

/** `args` get `--namespace` in front. */
export type Kubectl = (args: readonly string[], input?: readonly JsonObject[]) => Promise<string>;

export function kubectlSender(kubectl: Kubectl): Sender {
  const nameOf = ({ kind, name }: Named) => `${kind.plural}.${groupOf(kind.apiVersion)}/${name}`.replace('./', '/');
  return {
    apply: async (objects, mode, conflicts) => {
      if (objects.length === 0) return;
      const force = conflicts === 'forced' ? ['--force-conflicts'] : [];
      const flags = mode === 'server' ? ['--server-side', ...force] : [];
      const input = objects.map(({ manifest }) => manifest);
      await kubectl(['apply', ...flags, '-f', '-'], input);
    },
    patch: async (object, operations) => {
      await kubectl(['patch', nameOf(object), '--type=json', '-p', JSON.stringify(operations)]);
    },
    label: async (object, labels) => {
      const words = Object.entries(labels).map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`));
      await kubectl(['label', '--overwrite', nameOf(object), ...words]);
    },
    scale: async (object, replicas) => {
      await kubectl(['scale', nameOf(object), `--replicas=${replicas}`]);
    },
    remove: async (objects) => {
      if (objects.length > 0) await kubectl(['delete', ...objects.map(nameOf)]);
    },
  };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** The same requests, straight to the server. */
export function rawSender(client: LabClient, namespace: string): Sender {
  const pathOf = ({ kind, name }: Named) => `${collectionOf(kind, namespace)}/${name}`;
  const send = async (
    method: string,
    path: string,
    body: Json,
    contentType = 'application/json',
    tries = 5,
  ): Promise<void> => {
    const answer = await client.request(method, path, body, { contentType });
    // Two creations that count against one quota may meet at it; kubectl's user would try again.
    if (answer.status === 409 && answer.text.includes('resourcequotas') && tries > 1)
      return await send(method, path, body, contentType, tries - 1);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  };
  const applyByClient = async ({ manifest, ...object }: ToApply) => {
    const path = pathOf(object);
    const live = await client.read(path);
    const manager = 'fieldManager=kubectl-client-side-apply';
    if (!live) return send('POST', `${collectionOf(object.kind, namespace)}?${manager}`, withLastApplied(manifest));
    const type = object.kind.kind === 'Widget' ? 'merge' : 'strategic';
    const patchType = `application/${type === 'merge' ? 'merge' : 'strategic-merge'}-patch+json`;
    return send('PATCH', `${path}?${manager}`, applyPatch(manifest, live, type), patchType);
  };
  const applyByServer = ({ manifest, ...object }: ToApply, conflicts: 'forced' | 'unforced') => {
    const query = `fieldManager=kubectl&force=${conflicts === 'forced'}`;
    return send('PATCH', `${pathOf(object)}?${query}`, manifest, 'application/apply-patch+yaml');
  };
  const removeOne = async (object: Named) => {
    const path = pathOf(object);
    await send('DELETE', path, { propagationPolicy: 'Background' });
    await pollUntil(
      `${path} to be gone`,
      () => client.read(path),
      (live) => live === undefined,
    );
  };
  return {
    apply: async (objects, mode, conflicts) => {
      await all(objects.map((one) => (mode === 'client' ? applyByClient(one) : applyByServer(one, conflicts))));
    },
    patch: (object, operations) =>
      send('PATCH', `${pathOf(object)}?fieldManager=kubectl-patch`, [...operations], 'application/json-patch+json'),
    label: (object, labels) =>
      send(
        'PATCH',
        `${pathOf(object)}?fieldManager=kubectl-label`,
        { metadata: { labels } },
        'application/merge-patch+json',
      ),
    scale: (object, replicas) =>
      send('PATCH', `${pathOf(object)}/scale`, { spec: { replicas } }, 'application/merge-patch+json'),
    remove: (objects) => all(objects.map(removeOne)),
  };
}

async function all(works: readonly Promise<void>[]): Promise<void> {
  await Promise.all(works);
}
