import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Reference } from './manifests.ts';

/** One API server, spoken to with nothing but `fetch`. */
export interface Cluster {
  readonly name: string;
  request(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Path of an object's collection, found out by discovery. */
  collectionOf(object: Reference, namespace: string): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  readonly users: readonly { readonly name: string; readonly user: { readonly token?: string } }[];
  readonly contexts: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
}

/** Contexts with a bearer token; a private CA goes into NODE_EXTRA_CA_CERTS. */
export async function openClusters(kubeconfig: string, contexts: readonly string[]): Promise<Cluster[]> {
  const config = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  return contexts.map((name) => {
    const context = config.contexts.find((entry) => entry.name === name)?.context;
    const server = config.clusters.find((entry) => entry.name === context?.cluster)?.cluster.server;
    const token = config.users.find((entry) => entry.name === context?.user)?.user.token;
    if (server === undefined || token === undefined) throw new Error(`${kubeconfig}: no server or token for ${name}`);
    return openCluster(name, server, token);
  });
}

function openCluster(name: string, server: string, token: string): Cluster {
  const request: Cluster['request'] = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${server.replace(/\/$/, '')}${path}`, { method, headers, ...payload });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { name, request, collectionOf: (object, namespace) => collectionOf(request, object, namespace) };
}

interface ResourceType {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

async function collectionOf(ask: Cluster['request'], object: Reference, namespace: string): Promise<string> {
  const { apiVersion, kind } = object;
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  // A custom resource is served a moment after its definition was accepted.
  for (let patience = 50; patience > 0; patience -= 1) {
    const { body } = await ask('GET', base);
    const types = (body.resources ?? []) as readonly ResourceType[];
    const type = types.find((candidate) => candidate.kind === kind && !candidate.name.includes('/'));
    if (type !== undefined)
      return type.namespaced ? `${base}/namespaces/${namespace}/${type.name}` : `${base}/${type.name}`;
    await delay(100);
  }
  throw new Error(`${apiVersion} ${kind} is not served`);
}
