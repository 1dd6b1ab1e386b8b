import { randomBytes } from 'node:crypto';
import { forbidden, type NamedKind } from './status-errors.ts';

/** Who may ask. Each has one token per cluster. */
export type User = 'admin' | 'engine' | 'deployer';

export const USERS: readonly User[] = ['admin', 'engine', 'deployer'];

/** Refuses a user a verb on a resource; `*` stands for all, subresources are written `pods/status`. */
export interface DenyRule {
  readonly user: User;
  readonly verb: string;
  readonly resource: string;
  /** Without one: in every namespace, and in cluster-wide lists. */
  readonly namespace?: string;
  /** Without one: in every cluster. */
  readonly cluster?: string;
}

export interface Attempt {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Tokens and deny lists of one cluster. Everything not denied is allowed. */
export class Access {
  readonly tokens: Readonly<Record<User, string>>;
  readonly #rules: DenyRule[];

  constructor(rules: readonly DenyRule[]) {
    const token = (user: User) => `${user}-${randomBytes(12).toString('hex')}`;
    this.tokens = { admin: token('admin'), engine: token('engine'), deployer: token('deployer') };
    this.#rules = [...rules];
  }

  identify(authorization: string | undefined): User | undefined {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    return USERS.find((user) => this.tokens[user] === token);
  }

  /** Returns the function that takes the rule back. */
  deny(rule: DenyRule): () => void {
    this.#rules.push(rule);
    return () => {
      const position = this.#rules.indexOf(rule);
      if (position >= 0) this.#rules.splice(position, 1);
    };
  }

  allows(user: string, attempt: Attempt): boolean {
    return !this.#rules.some((rule) => rule.user === user && covers(rule, attempt));
  }
}

function covers(rule: DenyRule, attempt: Attempt): boolean {
  const resource = attempt.subresource === '' ? attempt.resource : `${attempt.resource}/${attempt.subresource}`;
  return (
    (rule.verb === '*' || rule.verb === attempt.verb) &&
    (rule.resource === '*' || rule.resource === resource) &&
    (rule.namespace === undefined || rule.namespace === attempt.namespace)
  );
}

export function refusal(user: string, attempt: Attempt): Error {
  const resource = attempt.subresource === '' ? attempt.resource : `${attempt.resource}/${attempt.subresource}`;
  const place = attempt.namespace === '' ? 'at the cluster scope' : `in the namespace "${attempt.namespace}"`;
  const kind: NamedKind = { group: attempt.group, kind: attempt.resource, plural: attempt.resource };
  const why = `User "${user}" cannot ${attempt.verb} resource "${resource}" in API group "${attempt.group}" ${place}`;
  return forbidden(kind, attempt.name, why);
}
