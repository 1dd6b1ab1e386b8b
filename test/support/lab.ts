import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Json, JsonObject } from '../../src/sandbox/index.ts';
import type { Identity } from '../lab/identities.ts';
import { connectLab, type Lab, type LabCluster, type LabOptions, startLab } from '../lab/lab.ts';
import { type Grant, grantRights, type Rights } from './lab-rights.ts';
import { pollUntil } from './poll.ts';
import { uniqueName } from './temporal.ts';

export interface TestLab extends Pick<Lab, 'clusters' | 'cluster' | 'binaries' | 'kubeconfig'> {
  /**
   * Users of this file's own (such as `engine-3f9c21d0`), so that rights granted here reach no other file. They may do
   * nothing until a test grants it. `admin` needs no grant.
   */
  readonly engine: Identity;
  readonly deployer: Identity;
  /** A new namespace of one name in every cluster, fit to run pods; deleted after the file. */
  namespace(prefix?: string): Promise<string>;
  /** Gives rights, and returns when they count. Without `namespace` they hold everywhere; without `rules` for everything. */
  grant(to: Identity, rights?: Rights): Promise<Grant>;
  /** Path of a kubeconfig file with one context per cluster, named like the cluster. */
  kubeconfigFile(identity: Identity): Promise<string>;
  /** Runs the kubectl of the servers' version; throws what it said unless it succeeds. */
  kubectl(args: readonly string[], options: KubectlOptions): Promise<string>;
}

export interface KubectlOptions {
  readonly cluster: string;
  /** Default: this file's deployer. */
  readonly as?: Identity;
  /** For `-f -`. */
  readonly input?: readonly JsonObject[];
}

/**
 * Real clusters `eu`, `us` and `ap` with an admin, an engine and a deployer each. Call once at the top of a test file;
 * the members are there from `beforeAll` on.
 *
 * ```ts
 * const lab = useLab();
 *
 * test('an image that does not exist shows in the pod', async () => {
 *   const namespace = await lab.namespace();
 *   await lab.grant(lab.deployer, { namespace });
 *   await lab.kubectl(['apply', '-f', '-'], { cluster: 'eu', input: [aDeployment(namespace, 'app:pull-error')] });
 *   await lab.cluster('eu').as('admin').until('…', `/api/v1/namespaces/${namespace}/pods`, (pods) => …);
 * });
 * ```
 *
 * The clusters are shared by all files of a run: stay in namespaces of your own, give cluster-wide objects unique
 * names, and clean those up. A file that breaks clusters, changes them for everybody or needs server flags starts its own:
 * `useLab({ clusters: 1 })` (four seconds and 0.5 GB of memory for each cluster).
 */
export function useLab(own?: LabOptions): TestLab {
  const parts: { lab?: Lab; stop?: () => Promise<void>; folder?: string } = {};
  const cleaning: (() => Promise<unknown>)[] = [];
  const names = { engine: uniqueName('engine'), deployer: uniqueName('deployer') };
  /** Written once: a kubectl at work must not find its file half-written by the next. */
  const files = new Map<Identity, Promise<string>>();
  const lab = () => present(parts.lab);

  beforeAll(async () => {
    const running = own && (await startLab(own));
    parts.lab = running ?? connectLab(inject('lab'));
    parts.stop = running?.stop ?? parts.lab.disconnect;
    parts.folder = await mkdtemp(join(tmpdir(), 'belay-lab-test-'));
  });

  afterAll(async () => {
    for (const clean of cleaning) await clean();
    await parts.stop?.();
    if (parts.folder) await rm(parts.folder, { recursive: true, force: true });
  });

  const kubeconfigFile = (identity: Identity) => {
    const written = files.get(identity) ?? writeKubeconfig(present(parts.folder), lab(), identity);
    files.set(identity, written);
    return written;
  };
  return {
    ...names,
    get clusters() {
      return lab().clusters;
    },
    get binaries() {
      return lab().binaries;
    },
    cluster: (name) => lab().cluster(name),
    kubeconfig: (...identities) => lab().kubeconfig(...identities),
    kubeconfigFile,
    namespace: async (prefix = 'test') => {
      const name = uniqueName(prefix);
      cleaning.push(() => Promise.all(lab().clusters.map((cluster) => removeNamespace(cluster, name))));
      await Promise.all(lab().clusters.map((cluster) => createNamespace(cluster, name)));
      return name;
    },
    grant: async (to, rights = {}) => {
      const grants = await Promise.all(lab().clusters.map((cluster) => grantRights(cluster.as('admin'), to, rights)));
      const revoke = async () => {
        await Promise.all(grants.map((grant) => grant.revoke()));
      };
      cleaning.push(revoke);
      return { revoke };
    },
    kubectl: async (args, { cluster, as = names.deployer, input }) => {
      const folder = present(parts.folder);
      const place = [
        '--kubeconfig',
        await kubeconfigFile(as),
        '--context',
        cluster,
        '--cache-dir',
        join(folder, 'cache'),
      ];
      return runKubectl(lab().binaries.kubectl, [...place, ...args], input);
    },
  };
}

async function writeKubeconfig(folder: string, lab: Lab, identity: Identity): Promise<string> {
  const file = join(folder, `${identity}.yaml`);
  await writeFile(file, lab.kubeconfig(identity), { mode: 0o600 });
  return file;
}

async function createNamespace(cluster: LabCluster, name: string): Promise<void> {
  const admin = cluster.as('admin');
  await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  // Made by the controllers; until then no pod is admitted.
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await pollUntil(`the default service account of ${name}`, () => admin.read(account), Boolean);
}

/** Asked for, not waited for: nobody uses the name again. */
async function removeNamespace(cluster: LabCluster, name: string): Promise<void> {
  await cluster.as('admin').request('DELETE', `/api/v1/namespaces/${name}`);
}

function runKubectl(program: string, args: readonly string[], input: readonly Json[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: 60_000, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 } as const;
    const child = execFile(program, [...args], limits, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.slice(6).join(' ')}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: input }));
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the lab is ready from beforeAll on');
  return value;
}
