import { describe, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createKeyRing, generateMasterKey } from '../../src/adapters/key-ring.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import { patienceInQueue, rows, short } from '../../workflows/proxies.ts';

const mutating = [
  'acquireLock',
  'releaseLock',
  'writeBatch',
  'deleteBatch',
  'undoBatch',
  'healWorkloads',
  'pauseOwner',
  'resumeOwner',
  'freezeCluster',
  'thawCluster',
  'startJob',
  'removeJob',
  'record',
] as const;
const watchers = ['watchWorkloads', 'watchMetrics', 'watchProbe', 'watchJob', 'watchDeployer'] as const;

function activityNames(): string[] {
  const store = createMemoryObjectStore();
  const keys = createKeyRing([generateMasterKey()]);
  const activities = createActivities({
    clusters: () => {
      throw new Error('no cluster is asked for');
    },
    live: () => {
      throw new Error('no cluster is asked for');
    },
    settings: {},
    snapshots: createSealedSnapshotStore(store, keys),
    journal: createChainedJournal(store, keys),
    expressions: createCelExpressions(),
    releases: async () => [],
    metrics: null,
    probe: async () => ({ kind: 'good' }),
    runs: { stateOf: async () => ({ kind: 'unknown' }), holderState: async () => 'unknown' },
    temporalAddress: 'nowhere:7233',
  });
  return Object.keys(activities).sort();
}

describe('the table of activities', () => {
  test('has a row for every activity, and no other row', () => {
    expect(Object.keys(rows).sort()).toEqual(activityNames());
  });

  test('names cancellationType and an end in every row', () => {
    for (const [name, row] of Object.entries(rows)) {
      expect(row.cancellationType, name).toBeDefined();
      expect(row.startToCloseTimeout, name).toBeDefined();
    }
  });

  test.each(mutating)('lets %s finish when it is cancelled, and never starts a second one beside it', (name) => {
    expect(rows[name].cancellationType).toBe('WAIT_CANCELLATION_COMPLETED');
    expect(rows[name].heartbeatTimeout).toBeUndefined();
  });

  test.each(watchers)('stops %s at once, and notices when it is dead', (name) => {
    expect(rows[name].cancellationType).toBe('TRY_CANCEL');
    expect(rows[name].heartbeatTimeout).toBeDefined();
  });

  test('asks for a record without end, and for nothing else', () => {
    const endless = Object.entries(rows).filter(([, { retry }]) => retry?.maximumAttempts === undefined);
    expect(endless.map(([name]) => name)).toEqual(['record']);
  });
});

test('a queue that nobody polls is noticed in half a minute before the pivot and in five after it', () => {
  expect(patienceInQueue).toEqual({ beforePivot: '30s', afterPivot: '5m' });
});

test('a summary is printable ASCII of at most 150 characters', () => {
  expect(short('Übergröße')).toBe('?bergr??e');
  expect(short('x'.repeat(400))).toHaveLength(150);
});
