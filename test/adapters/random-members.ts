import { randomBytes, randomUUID } from 'node:crypto';

/** As in a snapshot's part: ids that have nothing in common. */
export function randomMembers(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => ({
    ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: `settings-${index}` },
    uid: randomUUID(),
    resourceVersion: String(1000 + index),
    blob: `k-old-${randomBytes(32).toString('hex')}`,
    terminating: false,
    because: 'selector',
  }));
}
