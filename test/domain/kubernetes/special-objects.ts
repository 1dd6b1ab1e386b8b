import { exact } from './objects.ts';

export type Parts = Record<string, unknown>;
export const of = (apiVersion: string, kind: string, parts: Parts = {}, metadata: Parts = {}) =>
  exact({ apiVersion, kind, metadata: { name: 'x', namespace: 'shop', ...metadata }, ...parts });
export const core = (kind: string, parts?: Parts, metadata?: Parts) => of('v1', kind, parts, metadata);
export const cm = (metadata: Parts, data: Parts = { a: '1' }) => core('ConfigMap', { data }, metadata);

export function revision(value: string) {
  return { annotations: { 'deployment.kubernetes.io/revision': value } };
}

export function claim(spec: Parts) {
  return core('PersistentVolumeClaim', { spec });
}

export function role(rules: readonly Parts[]) {
  return of('rbac.authorization.k8s.io/v1', 'ClusterRole', { aggregationRule: { clusterRoleSelectors: [] }, rules });
}

export function webhooks(...list: readonly (readonly [name: string, caBundle: string | undefined])[]) {
  const items = list.map(([name, caBundle]) => ({ name, clientConfig: { url: 'https://x', caBundle } }));
  return of('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', { webhooks: items });
}

export function tokenSecret(token: string) {
  const annotations = { 'kubernetes.io/service-account.name': 'sa', 'kubernetes.io/service-account.uid': token };
  return core('Secret', { type: 'kubernetes.io/service-account-token', data: { token } }, { annotations });
}

export function job(uid: string) {
  const generated = { 'controller-uid': uid, 'batch.kubernetes.io/controller-uid': uid };
  const spec = {
    selector: { matchLabels: generated },
    template: { metadata: { labels: { ...generated, 'job-name': 'x' } } },
  };
  return of('batch/v1', 'Job', { spec }, { labels: generated });
}
