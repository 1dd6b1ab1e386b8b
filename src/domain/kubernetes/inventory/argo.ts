import type { KubeObject } from '../../../schema/json.ts';
import { annotationsOf, labelsOf, refOf } from '../identity.ts';
import { groupKind } from '../kinds.ts';

const trackingId = 'argocd.argoproj.io/tracking-id';
const instance = 'app.kubernetes.io/instance';

/**
 * Whether the Application manages the object. A tracking id (`<application>:<group>/<kind>:<namespace>/<name>`) must be
 * about this very object: controllers copy annotations to what they make. Without one the instance label decides.
 */
export function isTrackedBy(object: KubeObject, application: string): boolean {
  const id = annotationsOf(object)[trackingId];
  if (id === undefined) return labelsOf(object)[instance] === application;
  const [kind = '', ...group] = groupKind(object).split('.');
  const { namespace = '', name } = refOf(object);
  return id === `${application}:${group.join('.')}/${kind}:${namespace}/${name}`;
}
