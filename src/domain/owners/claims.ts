import type { KubeObject } from '../../schema/json.ts';
import type { Owner } from '../../schema/owner.ts';
import { annotationsOf, describeRef, labelsOf, refOf } from '../kubernetes/identity.ts';
import { isTrackedBy } from '../kubernetes/inventory/argo.ts';
import { fluxGroupKinds } from '../kubernetes/inventory/flux.ts';
import { managersOf } from '../kubernetes/ownership.ts';
import { toolOf } from './managers.ts';

/** What a mark on a member says about who applies it. */
export interface Claim {
  readonly tool: Owner['tool'];
  /** `<Kind>.<group>` */
  readonly groupKind: string;
  readonly name: string;
  /** `null`: the mark does not say. */
  readonly namespace: string | null;
  readonly via: string;
}

/** One claim per owner, by the first member that makes it. */
export function claimsOn(objects: readonly KubeObject[]): readonly Claim[] {
  const claims = new Map<string, Claim>();
  for (const claim of objects.flatMap((object) => [...fluxClaims(object), ...argoClaims(object)])) {
    const key = [claim.groupKind, claim.namespace ?? '', claim.name].join('\n');
    if (!claims.has(key)) claims.set(key, claim);
  }
  return [...claims.values()];
}

const fluxPrefixes = [
  ['kustomize.toolkit.fluxcd.io', fluxGroupKinds.Kustomization],
  ['helm.toolkit.fluxcd.io', fluxGroupKinds.HelmRelease],
] as const;

function fluxClaims(object: KubeObject): Claim[] {
  const labels = labelsOf(object);
  return fluxPrefixes.flatMap(([prefix, groupKind]) => {
    const name = labels[`${prefix}/name`];
    if (name === undefined || isExempt(object, prefix)) return [];
    const via = `label ${prefix}/name of ${describeRef(refOf(object))}`;
    return [{ tool: 'Flux', groupKind, name, namespace: labels[`${prefix}/namespace`] ?? null, via }];
  });
}

/** Flux leaves such an object alone. */
function isExempt(object: KubeObject, prefix: string): boolean {
  const mark = `${prefix}/reconcile`;
  return (annotationsOf(object)[mark] ?? labelsOf(object)[mark])?.toLowerCase() === 'disabled';
}

const trackingId = 'argocd.argoproj.io/tracking-id';
const instance = 'app.kubernetes.io/instance';

/** The instance label is Helm's and many others' too: it counts only where Argo CD has written the object. */
function argoClaims(object: KubeObject): Claim[] {
  const mark = annotationsOf(object)[trackingId] === undefined ? instance : trackingId;
  const label = managersOf(object).some((manager) => toolOf(manager) === 'Argo CD') ? labelsOf(object)[instance] : '';
  const application = mark === instance ? label : annotationsOf(object)[trackingId]?.split(':')[0];
  if (!application || !isTrackedBy(object, application)) return [];
  // Applications outside of Argo CD's own namespace are written `<namespace>_<name>`.
  const [name = '', namespace = null] = application.split('_').reverse();
  const via = `${mark} of ${describeRef(refOf(object))}`;
  return [{ tool: 'Argo CD', groupKind: 'Application.argoproj.io', name, namespace, via }];
}
