import type { KubeObject } from '../../schema/json.ts';
import { annotationsOf, labelsOf } from '../kubernetes/identity.ts';
import { at } from '../kubernetes/json.ts';
import { groupKind } from '../kubernetes/kinds.ts';

/** Objects that are never written back: doing so would repeat work, or fight whoever makes them. Answers why. */
export function whyLeft(object: KubeObject): string | null {
  const kind = groupKind(object);
  if (kind === 'Job.batch') return 'restoring a Job could run it again';
  return whyHook(object) ?? (kind === 'Secret' ? whyMadeSecret(object) : null);
}

const hooks: readonly string[] = ['helm.sh/hook', 'argocd.argoproj.io/hook'];

function whyHook(object: KubeObject): string | null {
  const annotations = annotationsOf(object);
  const hook = hooks.find((name) => annotations[name] !== undefined);
  return hook === undefined ? null : `it is a hook of the deploy tool (${hook})`;
}

/** An old certificate or credential put back would break what works: these belong to the object they are made from. */
function whyMadeSecret(object: KubeObject): string | null {
  if (at(object, 'type') === 'kubernetes.io/service-account-token') return 'the control plane makes this token';
  const certificate = annotationsOf(object)['cert-manager.io/certificate-name'];
  if (certificate) return `cert-manager makes it from Certificate/${certificate}`;
  const managed = labelsOf(object)['reconcile.external-secrets.io/managed'] === 'true';
  return managed ? 'external-secrets makes it from its ExternalSecret' : null;
}
