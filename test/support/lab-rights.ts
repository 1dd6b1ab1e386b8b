import { at, type JsonObject } from '../../src/sandbox/index.ts';
import type { LabClient } from '../lab/client.ts';
import type { Identity } from '../lab/identities.ts';
import { pollUntil } from './poll.ts';
import { uniqueName } from './temporal.ts';

/** As in a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface Rights {
  /** Everywhere unless given. */
  readonly namespace?: string;
  /** Everything (`cluster-admin`) unless given. */
  readonly rules?: readonly Rule[];
}

export interface Grant {
  /** Takes the rights away again, and returns when that counts. */
  revoke(): Promise<void>;
}

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;

/** By RBAC objects alone, as an operator would. */
export async function grantRights(admin: LabClient, to: Identity, rights: Rights): Promise<Grant> {
  const { namespace, rules } = rights;
  const scope = namespace === undefined ? 'Cluster' : '';
  const metadata = { name: uniqueName(`lab-${to}`), ...(namespace === undefined ? {} : { namespace }) };
  const role = { apiVersion, kind: `${scope}Role`, metadata, rules: rules as unknown as JsonObject[] };
  const binding = {
    apiVersion,
    kind: `${scope}RoleBinding`,
    metadata,
    subjects: [{ kind: 'User', apiGroup: group, name: to }],
    roleRef: {
      apiGroup: group,
      kind: rules === undefined ? 'ClusterRole' : role.kind,
      name: rules === undefined ? 'cluster-admin' : metadata.name,
    },
  };
  const made = rules === undefined ? [binding] : [role, binding];
  for (const object of made) await admin.create(object);
  const isAllowed = () => askFor(admin, to, rights);
  await pollUntil(`the rights of ${to} to count`, isAllowed, Boolean);
  return {
    revoke: async () => {
      for (const object of made) await admin.request('DELETE', await admin.pathOf(object));
      // Gone with its namespace, or covered by another grant: then there is nothing to wait for.
      await pollUntil(`the rights of ${to} to end`, isAllowed, (allowed) => !allowed, 2000).catch(() => undefined);
    },
  };
}

const everything: Rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

/** Whether the first verb and resource of each rule is allowed now: rights count a moment after they are written. */
export async function askFor(
  admin: LabClient,
  to: Identity,
  { namespace = '', rules = [everything] }: Rights,
): Promise<boolean> {
  const answers = await Promise.all(rules.map((rule) => review(admin, to, rule, namespace)));
  return answers.every((answer) => answer);
}

async function review(admin: LabClient, user: Identity, rule: Rule, namespace: string): Promise<boolean> {
  const [resource = '', subresource = ''] = (rule.resources[0] ?? '').split('/');
  const resourceAttributes = {
    namespace,
    verb: rule.verbs[0] ?? '',
    group: rule.apiGroups[0] ?? '',
    resource,
    subresource,
    name: rule.resourceNames?.[0] ?? '',
  };
  const answer = await admin.create({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: { user, resourceAttributes },
  });
  return at(answer, 'status', 'allowed') === true;
}
