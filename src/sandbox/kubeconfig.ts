import type { User } from './access.ts';

interface Entry {
  readonly name: string;
  readonly url: string;
  readonly tokens: Readonly<Record<User, string>>;
}

/** A kubeconfig with one context per cluster, named like the cluster. JSON text, which YAML readers take too. */
export function kubeconfigText(clusters: readonly Entry[], user: User): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: clusters.map(({ name, url }) => ({ name, cluster: { server: url } })),
    users: clusters.map(({ name, tokens }) => ({ name: `${name}-${user}`, user: { token: tokens[user] } })),
    contexts: clusters.map(({ name }) => ({ name, context: { cluster: name, user: `${name}-${user}` } })),
    'current-context': clusters[0]?.name ?? '',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
