import { readFile } from 'node:fs/promises';
import { type AuditEntry, readAudit } from './audit.ts';
import { type LabBinaries, labBinaries } from './binaries.ts';
import { createLabClient, type LabClient } from './client.ts';
import { type ClusterDescription, startCluster } from './cluster.ts';
import { type Credentials, credentialsOf, type Identity, kubeconfigText } from './identities.ts';

export interface LabOptions {
  /** How many (called eu, us, ap, lab-4 …), or their names. */
  readonly clusters: number | readonly string[];
  /** More arguments for every kube-apiserver; a flag given twice counts as given last. */
  readonly apiServerFlags?: readonly string[];
  /** Milliseconds until a pod is ready (default 100), and with an image tagged `slow` (default 5000). */
  readonly readyDelay?: number;
  readonly slowDelay?: number;
  /** Where the programs come from; for tests of that. */
  readonly binaries?: LabBinaries;
}

/** A lab as data, for other processes. */
export interface LabDescription {
  readonly clusters: readonly ClusterDescription[];
  readonly binaries: LabBinaries;
}

export interface LabCluster {
  readonly name: string;
  readonly url: string;
  /** PEM: the certificate of the server, and of the authority that signed it. */
  readonly ca: string;
  /** PEM: its key, for a server that stands in for it. */
  key(): Promise<string>;
  /** A client that acts as this identity; the same one for every call. */
  as(identity: Identity): LabClient;
  /** For a client of another making to act as this identity. */
  credentials(identity: Identity): Credentials;
  /** Every request answered so far, oldest first, as the API server logged it. */
  audit(): Promise<AuditEntry[]>;
}

export interface Lab {
  readonly clusters: readonly LabCluster[];
  readonly binaries: LabBinaries;
  /** Throws if there is none of that name. */
  cluster(name: string): LabCluster;
  /**
   * A kubeconfig text with a context per cluster, named like the cluster. With several identities the contexts are
   * called `<cluster>-<identity>`.
   */
  kubeconfig(...identities: Identity[]): string;
  /** Frees connections; the clusters run on. */
  disconnect(): Promise<void>;
}

export interface RunningLab extends Lab {
  readonly description: LabDescription;
  /** Program name and process id of every server. */
  readonly processes: readonly { readonly cluster: string; readonly program: string; readonly pid: number }[];
  stop(): Promise<void>;
}

const names = ['eu', 'us', 'ap'];

/** Starts real API servers with their controllers and a pretend kubelet, on free loopback ports. Builds them first where nobody has. */
export async function startLab(options: LabOptions): Promise<RunningLab> {
  const binaries = options.binaries ?? (await labBinaries());
  const { readyDelay = 100, slowDelay = 5000, apiServerFlags = [] } = options;
  const pace = { readyDelay, slowDelay };
  const starts = namesOf(options.clusters).map((name) => startCluster({ name, binaries, apiServerFlags, pace }));
  const settled = await Promise.allSettled(starts);
  const running = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(running.map((cluster) => cluster.stop()));
  };
  const failure = settled.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const description = { clusters: running.map((cluster) => cluster.description), binaries };
  const lab = connectLab(description);
  const processes = running.flatMap(({ description: { access }, pids }) =>
    Object.entries(pids).map(([program, pid]) => ({ cluster: access.name, program, pid })),
  );
  const end = async () => {
    await lab.disconnect();
    await stop();
  };
  return { ...lab, description, processes, stop: end };
}

function namesOf(clusters: LabOptions['clusters']): readonly string[] {
  if (typeof clusters !== 'number') return clusters;
  return Array.from({ length: clusters }, (_, index) => names[index] ?? `lab-${index + 1}`);
}

/** The same lab, from another process. */
export function connectLab({ clusters: descriptions, binaries }: LabDescription): Lab {
  const clients = new Map<string, LabClient>();
  const clusters = descriptions.map((description) => connectCluster(description, clients));
  return {
    clusters,
    binaries,
    cluster: (name) => {
      const found = clusters.find((cluster) => cluster.name === name);
      if (found === undefined) throw new Error(`no lab cluster ${name}: there are ${clusters.map((one) => one.name)}`);
      return found;
    },
    kubeconfig: (...identities) =>
      kubeconfigText(
        descriptions.map(({ access }) => access),
        identities,
      ),
    disconnect: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

function connectCluster(
  { access, auditFile, keyFile }: ClusterDescription,
  clients: Map<string, LabClient>,
): LabCluster {
  const as = (identity: Identity) => {
    const key = `${access.name}/${identity}`;
    const client = clients.get(key) ?? createLabClient(access, identity);
    clients.set(key, client);
    return client;
  };
  const { name, url, ca } = access;
  const credentials = (identity: Identity) => credentialsOf(access, identity);
  const key = () => readFile(keyFile, 'utf8');
  return { name, url, ca, key, as, credentials, audit: () => readAudit(auditFile, as('admin')) };
}
