import type { JsonObject, KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import { annotationsOf } from './kubernetes/identity.ts';

/** Who keeps whom from writing, and where. */
export interface Freeze {
  /** As `freezeName` says; the same for every run of the application, since one of them at a time holds the lock. */
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Belay itself, as this cluster calls it. */
  readonly user: string;
  /** For people, such as `production/shop`. */
  readonly application: string;
  readonly workflowId: string;
  readonly operationId: string;
}

const apiVersion = 'admissionregistration.k8s.io/v1';
const annotation = 'belay.dev/freeze';
export const policyKind = { apiVersion, kind: 'ValidatingAdmissionPolicy' } as const;
const bindingKind = { apiVersion, kind: 'ValidatingAdmissionPolicyBinding' } as const;

/** From the Lease's name, which is one per application. */
export function freezeName(lease: string): string {
  return lease.replace(/^belay-/, 'belay-freeze-');
}

export function freezeRefs(name: string): { readonly policy: ObjectRef; readonly binding: ObjectRef } {
  return { policy: { ...policyKind, name }, binding: { ...bindingKind, name } };
}

export function servesFreeze(types: readonly { readonly apiVersion: string; readonly kind: string }[]): boolean {
  return types.some(({ apiVersion, kind }) => apiVersion === bindingKind.apiVersion && kind === bindingKind.kind);
}

/** An application may have policies of its own, under any name: those are no freeze. */
export function isFreeze(object: KubeObject): boolean {
  return annotationsOf(object)[annotation] !== undefined;
}

/** What everybody is told who may not write. */
function refusal({ application, workflowId }: Freeze): string {
  return `Belay is restoring ${application} (run ${workflowId}) and nobody else may write until it is done: see "belay status ${application}"`;
}

/**
 * Turned away for everybody, Belay included, and sent as a dry run only: whoever cannot act under another name finds out
 * by it whether the freeze is in force.
 */
export function probeOf(name: string, namespace: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-probe`, namespace } };
}

export function policyOf(freeze: Freeze): KubeObject {
  const { name, namespaces } = freeze;
  return {
    ...policyKind,
    metadata: metadataOf(freeze),
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [...namespaces] }],
        },
        // `*/*`, since `*` leaves subresources such as `scale` open.
        resourceRules: [{ ...everything, operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['*/*'] }],
        excludeResourceRules: alwaysOpen,
      },
      matchConditions: [
        {
          name: 'not-belay',
          expression: `(object != null && object.metadata.name == ${text(`${name}-probe`)}) || ${user} != ${text(freeze.user)}`,
        },
        { name: 'not-the-control-plane', expression: `!(${controlPlane.join(' || ')})` },
        {
          name: 'content',
          expression: `!(has(request.subResource) && request.subResource in ${text(['status', 'token'])})`,
        },
      ],
      validations: [{ expression: 'false', message: refusal(freeze), reason: 'Forbidden' }],
    },
  };
}

export function bindingOf(freeze: Freeze): KubeObject {
  return {
    ...bindingKind,
    metadata: metadataOf(freeze),
    spec: { policyName: freeze.name, validationActions: ['Deny'] },
  };
}

/** Labels could make it a member of the application. */
function metadataOf({ name, operationId }: Freeze): KubeObject['metadata'] {
  return { name, annotations: { [annotation]: operationId } };
}

const everything: JsonObject = { apiGroups: ['*'], apiVersions: ['*'], scope: 'Namespaced' };

/** Written all the time by whatever runs: without, pods that elect a leader would lose it. */
const alwaysOpen: JsonObject[] = [
  { apiGroups: ['coordination.k8s.io'], apiVersions: ['*'], operations: ['*'], resources: ['leases'] },
  { apiGroups: ['', 'events.k8s.io'], apiVersions: ['*'], operations: ['*'], resources: ['events'] },
];

const user = 'request.userInfo.username';

/** Not every `system:`, for ServiceAccounts of pipelines are `system:serviceaccount:<namespace>:` too. */
const controlPlane: readonly string[] = [
  `${user} in ${text(['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler'])}`,
  `${user}.startsWith("system:node:")`,
  `${user}.startsWith("system:serviceaccount:kube-system:")`,
];

/** JSON's texts and lists are CEL's, too. */
function text(value: string | readonly string[]): string {
  return JSON.stringify(value);
}
