import type { AuditEntry } from '../lab/audit.ts';
import type { LabCluster } from '../lab/lab.ts';
import type { TestLab } from './lab.ts';
import type { Rule } from './lab-rights.ts';

/** What the engine asked of a cluster in a namespace and outside of all, discovery apart. */
export async function requestsOf(lab: TestLab, cluster: LabCluster, namespace: string): Promise<AuditEntry[]> {
  const entries = (await cluster.audit()).filter(
    ({ user, objectRef }) => user === lab.engine && objectRef !== undefined,
  );
  return entries.filter(({ objectRef }) => {
    const isElsewhere = objectRef?.namespace !== '' && objectRef?.resource !== 'namespaces';
    return objectRef?.namespace === namespace || !isElsewhere;
  });
}

const reading: readonly string[] = ['get', 'list', 'watch'];
/** Locks, and questions. */
const harmless: readonly string[] = ['leases', 'selfsubjectaccessreviews'];

function isMutation({ verb, objectRef }: AuditEntry): boolean {
  return !reading.includes(verb) && !harmless.includes(objectRef?.resource ?? '');
}

/** Writes that took effect: none may be there after a refusal. `<verb> <resource>/<name>` */
export function effectsIn(entries: readonly AuditEntry[]): readonly string[] {
  return entries.filter((entry) => isMutation(entry) && !entry.dryRun && entry.code < 300).map(describeRequest);
}

/** `create configmaps/promotions` */
function describeRequest(entry: AuditEntry): string {
  return `${describeKind(entry)}/${entry.objectRef?.name}`;
}

/** `create configmaps` */
export function describeKind({ verb, objectRef }: AuditEntry): string {
  return `${verb} ${objectRef?.resource}`;
}

/** As the API server's authorizer reads rules. */
export function isAllowedBy(rules: readonly Rule[], { verb, objectRef }: AuditEntry): boolean {
  const { apiGroup = '', resource = '', subresource = '', name = '' } = objectRef ?? {};
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  return rules.some(
    ({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.includes(apiGroup) &&
      resources.includes(path) &&
      verbs.includes(verb) &&
      (resourceNames === undefined || resourceNames.includes(name)),
  );
}
