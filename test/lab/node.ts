import type { JsonObject } from '../../src/sandbox/index.ts';
import type { LabClient } from './client.ts';

export const nodeName = 'lab-node';

export const nodeLabels: Readonly<Record<string, string>> = {
  'kubernetes.io/hostname': nodeName,
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
};

/** The one node there is: ready, and large enough for everything. */
export async function registerNode(kubelet: LabClient): Promise<void> {
  const path = `/api/v1/nodes/${nodeName}`;
  const node: JsonObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels: { ...nodeLabels } } };
  await kubelet.create(node);
  const now = new Date().toISOString();
  const size = { cpu: '1000', memory: '1000Gi', pods: '100000', 'ephemeral-storage': '1000Gi' };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await kubelet.patch(`${path}/status`, { status: { capacity: size, allocatable: size, conditions: [ready] } });
  // Admission taints every new node as not ready, and the controller that would take it back is switched off.
  await kubelet.patch(path, { spec: { taints: null } });
}
