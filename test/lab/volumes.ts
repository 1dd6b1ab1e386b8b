import { type JsonObject, objectAt, textAt } from '../../src/sandbox/index.ts';
import type { LabClient } from './client.ts';
import { type Change, follow } from './follow.ts';

const ours = 'lab.invalid/provisioned';

/** Claims of this class stay Pending. */
const unbound = 'unbound';

/** Gives each new claim a volume of its own, which the real controller binds, and removes it when the claim is gone. */
export async function provisionVolumes(client: LabClient, signal: AbortSignal): Promise<void> {
  await Promise.all([
    follow(client, '/api/v1/persistentvolumeclaims', { signal, show: (change) => void provision(client, change) }),
    follow(client, '/api/v1/persistentvolumes', { signal, show: (change) => void reclaim(client, change) }),
  ]);
}

async function provision(client: LabClient, { type, object: claim }: Change): Promise<void> {
  const { volumeName, storageClassName } = objectAt(claim, 'spec');
  const isOpen = textAt(claim, 'status', 'phase') === 'Pending' && volumeName === undefined;
  if (type === 'gone' || !isOpen || storageClassName === unbound) return;
  // A second answer to the same claim is told that the volume exists.
  await client.request('POST', '/api/v1/persistentvolumes', volumeFor(claim)).catch(() => undefined);
}

function volumeFor(claim: JsonObject): JsonObject {
  const { name, namespace, uid } = objectAt(claim, 'metadata');
  const { accessModes, resources, storageClassName, volumeMode } = objectAt(claim, 'spec');
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `lab-${String(uid)}`, labels: { [ours]: 'true' } },
    spec: {
      accessModes,
      volumeMode,
      storageClassName: storageClassName ?? '',
      capacity: objectAt(resources, 'requests'),
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
      // With "Delete" the real controller would delete the folder on this machine.
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: `/nonexistent/lab/${String(uid)}` },
    },
  };
}

async function reclaim(client: LabClient, { type, object: volume }: Change): Promise<void> {
  const { name, labels } = objectAt(volume, 'metadata');
  const isOurs = textAt(labels, ours) === 'true';
  const isLeft = textAt(volume, 'status', 'phase') === 'Released';
  if (type === 'present' && isOurs && isLeft)
    await client.request('DELETE', `/api/v1/persistentvolumes/${String(name)}`).catch(() => undefined);
}
