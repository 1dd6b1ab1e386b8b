import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { annotationsOf, resourceVersionOf, uidOf } from '../src/domain/kubernetes/identity.ts';
import { asNumber, asRecord, asText, at } from '../src/domain/kubernetes/json.ts';
import { leaseName } from '../src/domain/lease-name.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import type { LockActivities, LockInput, RunIdentity } from '../src/schema/activities.ts';
import type { JsonObject, KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { JournalHead } from '../src/schema/outcome.ts';
import { beating } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { fail, via } from './failures.ts';
import { identify } from './identify.ts';

const headAnnotation = 'belay.dev/journal-head';

/**
 * One permanent Lease per application and cluster. It is no fence (that is uid and resourceVersion of every write) but
 * says to everybody, Temporal or not, who is at work. No renewal and no expiry: a dead run's lock is looked into, not
 * stolen.
 */
export function createLockActivities(deps: Dependencies): LockActivities {
  return {
    identifyCluster: ({ cluster: name }) =>
      beating(async () => {
        const cluster = await via('cluster', async () => deps.clusters(name));
        return { cluster: name, clusterId: (await identify(cluster, null)).uid };
      }),
    acquireLock: async (input) => {
      const cluster = await via('cluster', async () => deps.clusters(input.cluster));
      const { uid: clusterId } = await identify(cluster, null);
      const lease = await acquire(cluster, input, holderOf(deps, input.run));
      const epoch = asNumber(at(lease, 'spec', 'leaseTransitions')) ?? 0;
      return {
        cluster: input.cluster,
        lockNamespace: input.lockNamespace,
        lease: `${input.lockNamespace}/${leaseRef(input).name}`,
        epoch,
        clusterId,
        journalHead: headOf(lease),
      };
    },
    releaseLock: async ({ journalHead, ...input }) => {
      const cluster = await via('cluster', async () => deps.clusters(input.cluster));
      const lease = await via('cluster', () => cluster.get(leaseRef(input)));
      if (!lease || holderIn(lease) !== holderOf(deps, input.run)) return { released: false };
      const head = journalHead ? { [headAnnotation]: `${journalHead.sequence} ${journalHead.digest}` } : {};
      await via('cluster', () => cluster.replace(withHolder(lease, '', head), fenceOf(lease), writeOptions(input.run)));
      return { released: true };
    },
  };
}

async function acquire(cluster: Cluster, input: LockInput, holder: string): Promise<KubeObject> {
  const ref = leaseRef(input);
  const lease = await via('cluster', () => cluster.get(ref));
  if (!lease) return await via('cluster', () => cluster.create(newLease(ref, holder), writeOptions(input.run)));
  const other = holderIn(lease);
  if (other === holder) return lease;
  if (other) throw fail('LockHeld', `cluster ${cluster.name}: ${ref.namespace}/${ref.name} is held by ${other}`);
  const taken = withHolder(lease, holder, {}, (asNumber(at(lease, 'spec', 'leaseTransitions')) ?? 0) + 1);
  return await via('cluster', () => cluster.replace(taken, fenceOf(lease), writeOptions(input.run)));
}

function leaseRef({ run, lockNamespace }: LockInput): ObjectRef {
  const name = leaseName(run, (text) => createHash('sha256').update(text).digest('hex'));
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: lockNamespace, name };
}

function holderOf({ temporalAddress }: Dependencies, { workflowId, firstRunId }: RunIdentity): string {
  const namespace = Context.current().info.workflowNamespace ?? 'default';
  return [temporalAddress, namespace, workflowId, firstRunId].join('/');
}

function holderIn(lease: KubeObject): string {
  return asText(at(lease, 'spec', 'holderIdentity')) ?? '';
}

function newLease(ref: ObjectRef, holder: string): KubeObject {
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name, namespace: ref.namespace ?? '', labels: { 'app.kubernetes.io/managed-by': 'belay' } },
    spec: { holderIdentity: holder, leaseTransitions: 1 },
  };
}

function withHolder(lease: KubeObject, holder: string, annotations: JsonObject, transitions?: number): KubeObject {
  const spec = asRecord(lease.spec);
  return {
    ...lease,
    metadata: { ...lease.metadata, annotations: { ...annotationsOf(lease), ...annotations } },
    spec: { ...spec, holderIdentity: holder, ...(transitions === undefined ? {} : { leaseTransitions: transitions }) },
  };
}

function headOf(lease: KubeObject): JournalHead | null {
  const [sequence, digest] = (annotationsOf(lease)[headAnnotation] ?? '').split(' ');
  return digest ? { sequence: Number(sequence), digest } : null;
}

function fenceOf(lease: KubeObject) {
  return { uid: uidOf(lease), resourceVersion: resourceVersionOf(lease) };
}

function writeOptions(run: RunIdentity): WriteOptions {
  return { mode: 'write', fieldManager: `belay:${run.operationId}` };
}
