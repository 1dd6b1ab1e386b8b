import { describe, expect, test } from 'vitest';
import { culpritIn, describeFailedJob, stateOfJob, tailOf } from '../../../src/domain/detect/judge-job.ts';
import type { Json, KubeObject } from '../../../src/schema/json.ts';

function job(status: Record<string, Json>, metadata: Record<string, Json> = {}): KubeObject {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', ...metadata }, spec: {}, status };
}

const ended = (type: string, message = 'why') => [{ type, status: 'True', reason: 'Because', message }];
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('a Job', () => {
  test.each<[what: string, object: KubeObject | undefined, age: number, expected: object]>([
    ['that runs is waited for', job({ active: 1 }), 59_999, { kind: 'running' }],
    ['that nobody has seen yet is waited for', job({}), 0, { kind: 'running' }],
    [
      'that is complete is, however late',
      job({ succeeded: 1, conditions: ended('Complete') }),
      90_000,
      { kind: 'complete' },
    ],
    ['that will be complete is', job({ conditions: ended('SuccessCriteriaMet') }), 0, { kind: 'complete' }],
    [
      'that has failed has',
      job({ failed: 1, conditions: ended('Failed') }),
      0,
      { kind: 'failed', reason: 'Failed', message: 'Because: why' },
    ],
    [
      'that will fail has failed',
      job({ conditions: ended('FailureTarget'), uncountedTerminatedPods: { failed: ['u'] } }),
      0,
      { kind: 'failed', reason: 'Failed' },
    ],
    [
      'that runs for too long has failed',
      job({ active: 1 }),
      60_000,
      { kind: 'failed', reason: 'Timeout', message: 'not finished within 60 s' },
    ],
    ['of which no pod was made in time says nothing', job({}), 60_000, { kind: 'unknown', reason: 'NoPod' }],
    [
      'that was ended before a pod was made says nothing',
      job({ conditions: ended('Failed') }),
      0,
      { kind: 'unknown', reason: 'NoPod' },
    ],
    ['that is gone says nothing', undefined, Number.NaN, { kind: 'unknown', reason: 'Deleted' }],
    ['that is being deleted says nothing', job({ active: 1 }, leaving), 0, { kind: 'unknown', reason: 'Deleted' }],
    [
      'that had failed when it was deleted has failed',
      job({ failed: 1, conditions: ended('Failed') }, leaving),
      0,
      { kind: 'failed' },
    ],
  ])('%s', (_, object, age, expected) => {
    expect(stateOfJob(object, { age, timeout: 60_000 })).toMatchObject(expected);
  });
});

function pod(name: string, minute: number, phase: string, ...statuses: Json[]): KubeObject {
  const metadata = { name, creationTimestamp: `2026-01-01T00:0${minute}:00Z` };
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase, containerStatuses: statuses } };
}

const container = (name: string, state: Json, lastState: Json = {}): Json => ({ name, state, lastState });
const exited = (exitCode: number, reason: string): Json => ({ terminated: { exitCode, reason } });

describe('the container to blame', () => {
  test.each<[what: string, pods: KubeObject[], pod: string, said: string]>([
    [
      'is the one that failed, in the latest pod that did',
      [
        pod('old', 1, 'Failed', container('a', exited(3, 'Error'))),
        pod('late', 2, 'Failed', container('a', exited(0, 'Completed')), container('b', exited(7, 'Error'))),
        pod('last', 3, 'Pending', container('a', { waiting: { reason: 'ContainerCreating' } })),
      ],
      'late',
      'container b exited with 7 (Error)',
    ],
    [
      'is the one that waits, where none has ended',
      [
        pod(
          'one',
          1,
          'Pending',
          container('a', { running: {} }),
          container('b', { waiting: { reason: 'ErrImagePull' } }),
        ),
      ],
      'one',
      'container b waits: ErrImagePull',
    ],
    [
      'is the one that is started again and again',
      [pod('one', 1, 'Running', container('a', { waiting: { reason: 'CrashLoopBackOff' } }, exited(2, 'Error')))],
      'one',
      'container a exited with 2 (Error)',
    ],
    [
      'is any that still runs',
      [pod('one', 1, 'Running', container('a', { running: {} }))],
      'one',
      'container a is running',
    ],
  ])('%s', (_, pods, name, said) => {
    const culprit = culpritIn(pods);
    expect([culprit?.pod.metadata.name, culprit?.said]).toEqual([name, said]);
  });

  test('is nobody, where no container has a status', () => {
    expect(culpritIn([])).toBeUndefined();
    expect(culpritIn([pod('one', 1, 'Pending')])).toBeUndefined();
  });
});

describe('the end of a log', () => {
  test('is its last twenty lines that say something, four KiB at most', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}\n\n`).join('');
    expect(tailOf(lines)?.split('\n')).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 10}`));
    expect(tailOf(`${'x'.repeat(9000)}the end`)).toMatch(/^x{4089}the end$/);
  });

  test('is nothing where nothing was printed, or nothing can be had', () => {
    expect(tailOf(' \n\n')).toBeUndefined();
    expect(tailOf(undefined)).toBeUndefined();
  });

  test.each(['password=hunter2hunter2', 'GET https://me:hunter2@shop/', 'authorization: Bearer hunter2hunter2'])(
    'does not show %s',
    (line) => {
      const tail = tailOf(`begin\n${line}\nend\n`);
      expect(tail).not.toContain('hunter2');
      expect(tail).toMatch(/^begin\n.*\nend$/);
    },
  );
});

test('a failure names exit, last words and condition, what matters most first', () => {
  const culprit = culpritIn([pod('p', 1, 'Failed', container('check', exited(1, 'Error')))]);
  expect(describeFailedJob('BackoffLimitExceeded: too often', culprit, 'one\ncart answered 500')).toBe(
    'container check exited with 1 (Error); its log ends with "cart answered 500"; BackoffLimitExceeded: too often',
  );
  expect(describeFailedJob('not finished within 60 s', undefined, undefined)).toBe('not finished within 60 s');
  expect(describeFailedJob('why', culprit, 'x'.repeat(500))).toHaveLength(300);
});
