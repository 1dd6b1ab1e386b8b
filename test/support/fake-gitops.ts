import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Json, type JsonObject } from '../../src/sandbox/index.ts';
import type { LabClient } from '../lab/client.ts';

/** What tells Flux and Argo CD apart for us: how they mark, how they are paused, under which name they write. */
export interface GitOps {
  readonly kind: 'Kustomization' | 'Application';
  readonly apiVersion: string;
  readonly manager: string;
  /** Marks on a ConfigMap `settings` in the namespace, applied by an owner `shop` there. */
  marks(namespace: string): JsonObject;
  readonly spec: JsonObject;
  isPaused(owner: JsonObject | undefined): boolean;
}

export const flux: GitOps = {
  kind: 'Kustomization',
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  manager: 'kustomize-controller',
  marks: (namespace) => ({
    labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': namespace },
  }),
  spec: { path: './shop' },
  isPaused: (owner) => at(owner ?? {}, 'spec', 'suspend') === true,
};

const skip = 'argocd.argoproj.io/skip-reconcile';

export const argo: GitOps = {
  kind: 'Application',
  apiVersion: 'argoproj.io/v1alpha1',
  manager: 'argocd-controller',
  marks: (namespace) => ({
    annotations: { 'argocd.argoproj.io/tracking-id': `${namespace}_shop:/ConfigMap:${namespace}/settings` },
  }),
  spec: { syncPolicy: { automated: { selfHeal: true } } },
  isPaused: (owner) => at(owner ?? {}, 'metadata', 'annotations', skip) === 'true',
};

/** A definition of our own that serves the kind and keeps every field. */
export function definitionOf({ kind, apiVersion }: GitOps): JsonObject {
  const [group = '', version = ''] = apiVersion.split('/');
  const plural = `${kind.toLowerCase()}s`;
  const keepAll = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: keepAll } }],
    },
  };
}

export interface Controller {
  /** What the source asks for; applied over whatever is there, every `interval`. */
  source: Json;
  apply(): Promise<void>;
  stop(): Promise<void>;
}

/** Does what such a tool does and nothing else: applies its source over and over while it is not paused. */
export function runController(
  admin: LabClient,
  { manager, isPaused }: GitOps,
  { owner, source, interval }: { readonly owner: string; readonly source: Json; readonly interval: number },
): Controller {
  const stopping = new AbortController();
  const controller: Controller = {
    source,
    apply: async () => {
      if (isPaused(await admin.read(owner))) return;
      await admin.apply(controller.source as JsonObject, { manager, force: true });
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await controller.apply();
      await sleep(interval, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return controller;
}
