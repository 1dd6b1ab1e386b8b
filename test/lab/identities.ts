import { randomBytes } from 'node:crypto';

/**
 * Who a request comes from. `admin` may do anything (`system:masters`); `engine` and `deployer` may do nothing until a
 * test grants it. Any other name is a user as well, acted as by the admin, so that a test can have users of its own.
 */
export type Identity = 'admin' | 'engine' | 'deployer' | (string & {});

/** User names and groups behind the tokens; the last two run the cluster itself. */
const users = {
  admin: { name: 'admin', group: 'system:masters' },
  engine: { name: 'engine', group: '' },
  deployer: { name: 'deployer', group: '' },
  kubelet: { name: 'system:node:lab', group: 'system:masters' },
  controllers: { name: 'system:kube-controller-manager', group: '' },
} as const;

export type Tokens = Readonly<Record<keyof typeof users, string>>;

export function createTokens(): Tokens {
  const tokens = Object.keys(users).map((user) => [user, randomBytes(24).toString('hex')]);
  return Object.fromEntries(tokens) as Tokens;
}

/** The text of kube-apiserver's `--token-auth-file`. */
export function tokenFile(tokens: Tokens): string {
  const lines = Object.entries(users).map(([key, { name, group }]) => {
    const token = tokens[key as keyof Tokens];
    return `${token},${name},${name}${group === '' ? '' : `,"${group}"`}`;
  });
  return `${lines.join('\n')}\n`;
}

/** What a client needs to speak to a cluster as somebody. Plain data: it crosses process borders. */
export interface Access {
  readonly name: string;
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly tokens: Tokens;
}

export interface Credentials {
  readonly token: string;
  readonly impersonate: string | undefined;
}

export function credentialsOf({ tokens }: Access, identity: Identity): Credentials {
  const token = (tokens as Readonly<Record<string, string>>)[identity];
  return token === undefined ? { token: tokens.admin, impersonate: identity } : { token, impersonate: undefined };
}

/** One context for each cluster and identity; named like the cluster when there is one identity. JSON, which YAML readers take too. */
export function kubeconfigText(clusters: readonly Access[], identities: readonly Identity[]): string {
  const users = clusters.flatMap((access) =>
    identities.map((identity) => {
      const { token, impersonate } = credentialsOf(access, identity);
      const user = impersonate === undefined ? { token } : { token, as: impersonate };
      const name = identities.length === 1 ? access.name : `${access.name}-${identity}`;
      return { name, cluster: access.name, user };
    }),
  );
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: clusters.map(({ name, url, ca }) => ({
      name,
      cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
    })),
    users: users.map(({ name, user }) => ({ name, user })),
    contexts: users.map(({ name, cluster }) => ({ name, context: { cluster, user: name } })),
    'current-context': users[0]?.name ?? '',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
