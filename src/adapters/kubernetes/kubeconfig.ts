import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { bufferFromFileOrString, type Cluster, KubeConfig } from '@kubernetes/client-node';
import { PortError } from '../../ports/port-error.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { ClusterConnection } from './connection.ts';
import { createCredentials } from './credentials.ts';
import { textAt } from './json-access.ts';
import { type Selection, selectContext } from './kubeconfig-document.ts';
import { checkSelection, checkServer } from './kubeconfig-rules.ts';
import { placeOfWorkspace } from './workspace.ts';

export interface KubeconfigEntry {
  /** The cluster's name in Belay's configuration. */
  readonly name: string;
  /** A path, or `in-cluster` for the pod's own service account. */
  readonly kubeconfig: string;
  /** Default: the file's current context. */
  readonly context?: string | undefined;
  /** A kcp workspace, such as `root:org:team`. */
  readonly workspace?: string | undefined;
}

export interface KubeconfigOptions {
  /** Names of commands that a kubeconfig may run for credentials; default: none. */
  readonly execAllowList?: readonly string[];
  /** Monotonic clock, for the age of credentials. */
  readonly now?: () => number;
  /** Stands before `/var/run/secrets/…` for `in-cluster`; for tests. */
  readonly inClusterRoot?: string;
}

export interface NamedConnection {
  readonly name: string;
  readonly connection: ClusterConnection;
}

/** Kubeconfigs are operators' files, yet code: everything in them is checked before anything in them is run or read. */
export function loadClusterConnections(
  entries: readonly KubeconfigEntry[],
  options: KubeconfigOptions = {},
): Promise<readonly NamedConnection[]> {
  return Promise.all(entries.map((entry) => loadConnection(entry, options)));
}

async function loadConnection(entry: KubeconfigEntry, options: KubeconfigOptions): Promise<NamedConnection> {
  const isInCluster = entry.kubeconfig === 'in-cluster';
  const source = isInCluster ? loadInCluster(entry, options) : await loadFile(entry, options);
  return { name: entry.name, connection: toConnection(entry, source, options) };
}

interface Source {
  /** Names the file and context in messages. */
  readonly place: string;
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  readonly tokenFile?: string | undefined;
}

async function loadFile(entry: KubeconfigEntry, options: KubeconfigOptions): Promise<Source> {
  const selection = selectContext(entry, await readConfig(entry));
  checkSelection(selection, options.execAllowList ?? []);
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(reducedConfig(selection)));
  const folder = dirname(resolve(entry.kubeconfig));
  config.makePathsAbsolute(folder);
  const tokenFile = textAt(selection.user, 'tokenFile');
  return {
    place: selection.place,
    config,
    cluster: chosenCluster(config, selection.place),
    tokenFile: tokenFile === undefined ? undefined : resolve(folder, tokenFile),
  };
}

async function readConfig(entry: KubeconfigEntry): Promise<string> {
  try {
    return await readFile(entry.kubeconfig, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const text = `cluster ${entry.name}: kubeconfig ${entry.kubeconfig} cannot be read (${code}): check the path and its rights`;
    throw new PortError('invalid', text, { reason: code });
  }
}

/** Only the chosen context, and of its user only what the rules know; client-node would read other users' files. */
function reducedConfig({ contextName, cluster, user }: Selection): JsonObject {
  const known = [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'exec',
    'token',
    'as',
  ];
  const kept = Object.fromEntries(Object.entries(user).filter(([key]) => known.includes(key)));
  return {
    'current-context': contextName,
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: 'user', user: kept }],
    contexts: [{ name: contextName, context: { cluster: 'cluster', user: 'user' } }],
  };
}

function loadInCluster(entry: KubeconfigEntry, options: KubeconfigOptions): Source {
  const place = `cluster ${entry.name}: in-cluster`;
  if (!process.env.KUBERNETES_SERVICE_HOST || !process.env.KUBERNETES_SERVICE_PORT) {
    const text = `${place}: KUBERNETES_SERVICE_HOST or _PORT is not set: run in a pod, or name a kubeconfig file`;
    throw new PortError('invalid', text, { fields: ['kubeconfig'] });
  }
  const config = new KubeConfig();
  config.loadFromCluster(options.inClusterRoot ?? '');
  const cluster = chosenCluster(config, place);
  checkServer(place, cluster.server);
  const tokenFile: string = config.users[0]?.authProvider?.config?.tokenFile;
  // The token is read by us; the user stays only because client-node loads nothing without one.
  config.loadFromClusterAndUser(cluster, { name: 'service-account' });
  return { place, config, cluster, tokenFile };
}

function chosenCluster(config: KubeConfig, place: string): Cluster {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new PortError('invalid', `${place}: the context names no cluster`);
  return cluster;
}

function toConnection(entry: KubeconfigEntry, source: Source, options: KubeconfigOptions): ClusterConnection {
  const { cluster, config, place, tokenFile } = source;
  const ca = readAuthority(cluster, place);
  const now = options.now ?? (() => performance.now());
  return {
    ...placeOfWorkspace(place, cluster.server, entry.workspace),
    ...(ca === null ? {} : { ca }),
    ...(cluster.tlsServerName === undefined ? {} : { serverName: cluster.tlsServerName }),
    credentials: createCredentials({ config, place, tokenFile, now }),
  };
}

function readAuthority(cluster: Cluster, place: string): Buffer | null {
  try {
    return bufferFromFileOrString(cluster.caFile, cluster.caData);
  } catch {
    const text = `${place}: certificate-authority ${cluster.caFile} cannot be read: check the path and its rights`;
    throw new PortError('invalid', text, { fields: ['certificate-authority'] });
  }
}
