import { describe, expect, test } from 'vitest';
import { lockPlaces, unfinishedRun } from '../../src/domain/unfinished-run.ts';
import type { JournalEvent, JournalRecord } from '../../src/schema/journal.ts';

type Line = readonly [run: string, event: JournalEvent, data?: Record<string, unknown>];

function journal(...lines: readonly Line[]): JournalRecord[] {
  return lines.map(([run, event, data = {}], index) => ({
    sequence: index + 1,
    event,
    key: `${run}/${event}/${index}`,
    at: '2026-01-01T00:00:00Z',
    guardId: run,
    operationId: `op-${run}`,
    workflowId: 'belay:test/shop',
    runId: `run-${run}`,
    who: null,
    why: null,
    data,
    previous: null,
    keyId: 'k',
    mac: 'm',
  }));
}

const snapshot = (id: string) => ({ snapshot: { id, digest: id, bytes: 1 } });
const begun = (run: string): Line[] => [
  [run, 'locked', { clusters: [{ cluster: 'eu', lockNamespace: 'shop', epoch: 1 }] }],
  [run, 'baseline', { before: snapshot(`${run}-before`), baseline: snapshot(`${run}-baseline`), windowStart: null }],
];
const prepared = { plans: [], failedState: snapshot('failed'), deferred: [], quietAt: {}, round: 0, owners: [] };
const outcome = (run: string, kind: string): Line => [run, 'outcome', { outcome: kind }];

test('a journal whose runs all have their outcome has no unfinished one', () => {
  expect(unfinishedRun([])).toBeUndefined();
  expect(unfinishedRun(journal(...begun('a'), outcome('a', 'kept')))).toBeUndefined();
});

test('a run that took a lock and no baseline has left nothing to finish', () => {
  expect(unfinishedRun(journal(['a', 'locked']))).toBeUndefined();
});

test('a guard that was watching has not begun to change anything', () => {
  expect(unfinishedRun(journal(...begun('a'), ['a', 'ready'], ['a', 'deployed']))).toMatchObject({
    operationId: 'op-a',
    runId: 'run-a',
    during: 'deployed',
    hasBegun: false,
    basis: { baseline: snapshot('a-baseline'), before: snapshot('a-before'), windowStart: null, windowEnd: null },
    request: { id: 'a-before' },
    prepared: null,
  });
});

test('a later run that had something to put back makes an earlier one history', () => {
  expect(unfinishedRun(journal(...begun('a'), ...begun('b'), outcome('b', 'kept')))).toBeUndefined();
  expect(unfinishedRun(journal(...begun('a'), ['b', 'locked'], outcome('b', 'refused')))?.operationId).toBe('op-a');
});

test('a rollback on demand is told of with its order, its request is in what it goes back to', () => {
  const order = { baseline: snapshot('good'), before: snapshot('before'), windowStart: {}, windowEnd: { eu: 'end' } };
  expect(unfinishedRun(journal(['r', 'locked'], ['r', 'failed', order], ['r', 'halted']))).toMatchObject({
    basis: order,
    request: { id: 'good' },
  });
});

test('a run that froze and has not thawed again has left its clusters frozen', () => {
  const freezing: Line = ['a', 'freezing', { clusters: ['eu', 'us'] }];
  const frozenAfter = (...more: Line[]) => unfinishedRun(journal(...begun('a'), ...more))?.frozen;
  expect(frozenAfter()).toEqual([]);
  expect(frozenAfter(freezing)).toEqual(['eu', 'us']);
  expect(frozenAfter(freezing, ['a', 'thawed', { clusters: ['eu', 'us'] }])).toEqual([]);
  expect(frozenAfter(freezing, ['a', 'thawed'], ['a', 'freezing', { clusters: ['us'] }])).toEqual(['us']);
});

test('what people had left as it is stays so, with their names', () => {
  const decided: Line[] = [
    ['a', 'decided', { decision: 'skip', object: 'us/Secret/key' }],
    ['a', 'decided', { decision: 'retry', object: 'us/Secret/token' }],
  ];
  const records = journal(...begun('a'), ...decided).map((record) => ({
    ...record,
    who: 'ada',
    why: 'sales needs it',
  }));
  expect(unfinishedRun(records)?.skipped).toEqual([{ object: 'us/Secret/key', by: 'ada', reason: 'sales needs it' }]);
});

describe('a run that had begun', () => {
  const writing = [...begun('a'), ['a', 'failed', { source: 'command' }], ['a', 'prepared', prepared]] as Line[];
  const stage = (run: string, name: string, readers = {}): Line => [run, 'committing', { stage: name, readers }];

  test('is found with its plan, its stages in order, and who had read what', () => {
    const readers = { eu: [{ uid: 'p', restarts: 0, of: [] }] };
    const records = journal(...writing, stage('a', 'configuration'), stage('a', 'workloads', readers));
    expect(unfinishedRun(records)).toMatchObject({
      hasBegun: true,
      during: 'committing',
      prepared,
      committed: ['configuration', 'workloads'],
      readers,
      pivot: 'before',
      finishing: null,
      reverting: null,
      health: null,
    });
  });

  test('counts only what came after its last plan', () => {
    const records = journal(...writing, stage('a', 'configuration'), ['a', 'prepared', { ...prepared, round: 1 }]);
    expect(unfinishedRun(records)).toMatchObject({ prepared: { round: 1 }, committed: [] });
  });

  test('is behind its pivot from its record on', () => {
    const records = journal(
      ...writing,
      stage('a', 'workloads'),
      ['a', 'healthy', { health: 'healthy' }],
      ['a', 'pivot'],
    );
    expect(unfinishedRun(records)).toMatchObject({ pivot: 'behind', finishing: null, health: 'healthy' });
    const deleting = [...records, ...journal(['a', 'deleting', { stage: 'prune' }])];
    expect(unfinishedRun(deleting)).toMatchObject({ committed: ['workloads'], finishing: 'prune' });
  });

  test('was on its way back when that is recorded', () => {
    const records = journal(...writing, stage('a', 'workloads'), ['a', 'compensating', { cause: 'denied' }]);
    expect(unfinishedRun(records)).toMatchObject({ reverting: 'denied' });
  });

  test('keeps its name through whoever goes on, and ends with their outcome', () => {
    const going: Line[] = [
      ...writing,
      stage('a', 'configuration'),
      ['b', 'locked'],
      ['b', 'recovering', { operationId: 'op-a', upTo: 5 }],
      stage('b', 'configuration'),
      stage('b', 'workloads'),
    ];
    expect(unfinishedRun(journal(...going))).toMatchObject({
      operationId: 'op-a',
      runId: 'run-b',
      committed: ['configuration', 'workloads'],
    });
    expect(unfinishedRun(journal(...going, outcome('b', 'restored')))).toBeUndefined();
  });

  test('says nothing any more once another one has gone on without it', () => {
    const late: Line[] = [
      ['a', 'pivot'],
      ['b', 'recovering', { operationId: 'op-a', upTo: 5 }],
      ['a', 'deleting', {}],
    ];
    const records = journal(...writing, stage('a', 'workloads'), ...late, [
      'b',
      'compensating',
      { cause: 'asked for' },
    ]);
    expect(unfinishedRun(records)).toMatchObject({ pivot: 'before', reverting: 'asked for', upTo: 9 });
  });

  test('stays unfinished through a run that was refused before it went on', () => {
    const refused: Line[] = [['b', 'locked'], outcome('b', 'refused')];
    expect(unfinishedRun(journal(...writing, stage('a', 'workloads'), ...refused))).toMatchObject({ hasBegun: true });
  });

  test('is not made another one by what others recorded about it', () => {
    const records = journal(...writing, stage('a', 'workloads'), ['a', 'terminated', {}], ['a', 'lockBroken', {}]);
    expect(unfinishedRun(records)).toMatchObject({ during: 'committing' });
  });

  test('has owners to let go from before they are paused', () => {
    const owners = [{ target: 'eu', owner: { ref: { name: 'shop' } }, is: 'unclear' }];
    expect(unfinishedRun(journal(...begun('a'), ['a', 'pausing', { owners }]))).toMatchObject({
      hasBegun: true,
      owners,
    });
  });

  test('of a version that recorded names only has no plan to go on with', () => {
    const old: Line = ['a', 'prepared', { plans: { eu: 'id' }, failedState: 'id' }];
    expect(unfinishedRun(journal(...begun('a'), old, stage('a', 'workloads')))).toMatchObject({ prepared: null });
  });
});

test('Leases are where the last run that took them has recorded', () => {
  expect(lockPlaces(journal(...begun('a')))).toMatchObject([{ cluster: 'eu', lockNamespace: 'shop' }]);
  expect(lockPlaces(journal(['a', 'locked', { clusters: [{ cluster: 'eu', epoch: 1 }] }]))).toEqual([]);
});
