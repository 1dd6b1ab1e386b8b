import { expect, test } from 'vitest';
import { createRequestActivities } from '../../activities/request.ts';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createKeyRing, generateMasterKey } from '../../src/adapters/key-ring.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';

function resolve(options: Partial<GuardRequest>) {
  const store = createMemoryObjectStore();
  const keys = createKeyRing([generateMasterKey()]);
  const { resolveRequest } = createRequestActivities({
    clusters: () => {
      throw new Error('no cluster is asked for');
    },
    live: () => {
      throw new Error('no cluster is asked for');
    },
    settings: { eu: {} },
    snapshots: createSealedSnapshotStore(store, keys),
    journal: createChainedJournal(store, keys),
    expressions: createCelExpressions(),
    releases: async () => [],
    metrics: null,
    probe: async () => ({ kind: 'good' }),
    runs: { stateOf: async () => ({ kind: 'unknown' }), holderState: async () => 'unknown' },
    temporalAddress: 'nowhere:7233',
  });
  const target = { cluster: 'eu', namespace: 'shop', scope: { selector: 'app=shop' } };
  const request = { application: 'shop', environment: 'test', guardId: 'g', targets: [target], ...options };
  return resolveRequest({ kind: 'guard', workflowId: 'belay:test/shop', firstRunId: 'first', request });
}

const router = { kind: 'mesh.example/v1/Router', healthy: 'object.status.phase == "Serving"' };

test('a request is resolved with its health rules', async () => {
  await expect(resolve({ health: [router] })).resolves.toMatchObject({
    kind: 'accepted',
    request: { health: [router] },
  });
});

test('a request with a condition that cannot be evaluated is rejected for good, naming the field and the fix', async () => {
  await expect(
    resolve({ health: [router, { kind: 'x.io/v1/A', healthy: 'true', failed: '1 +' }] }),
  ).rejects.toMatchObject({
    type: 'RequestRejected',
    nonRetryable: true,
    message: 'health.1.failed: Unexpected token: EOF; write a CEL condition over "object"',
  });
});

test('a request with metrics is rejected by a worker that knows no provider of them', async () => {
  const detect = [
    { name: 'front', probe: { tcp: { address: 'shop:443' } } },
    { name: 'errors', metric: { query: 'up', max: 1 } },
  ];
  await expect(resolve({ detect: detect.slice(0, 1) })).resolves.toMatchObject({ kind: 'accepted' });
  await expect(resolve({ detect })).rejects.toMatchObject({
    type: 'RequestRejected',
    message: 'detect.1.metric: this worker knows no provider of metrics; set metrics.prometheus.url in belay.yaml',
  });
});
