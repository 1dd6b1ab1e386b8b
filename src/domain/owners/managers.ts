import type { Owner } from '../../schema/owner.ts';

/** Names under which GitOps tools write; each writes the same objects again until its source says otherwise. */
const tools: Readonly<Record<string, Owner['tool']>> = {
  'kustomize-controller': 'Flux',
  'helm-controller': 'Flux',
  'argocd-controller': 'Argo CD',
  'argocd-application-controller': 'Argo CD',
};

export function toolOf(manager: string): Owner['tool'] | undefined {
  return Object.hasOwn(tools, manager) ? tools[manager] : undefined;
}

/** A field manager for people: `kustomize-controller (Flux)`. */
export function describeManager(manager: string): string {
  const tool = toolOf(manager);
  return tool === undefined ? manager : `${manager} (${tool})`;
}
