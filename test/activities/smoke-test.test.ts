import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSmokeTestActivities } from '../../activities/smoke-test.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { PortError } from '../../src/ports/port-error.ts';
import type { SmokeTestInput, SourceReport } from '../../src/schema/activities.ts';
import type { JsonObject, KubeObject } from '../../src/schema/json.ts';
import type { Verdict } from '../../src/schema/verdict.ts';
import { attempt } from '../support/site.ts';

afterEach(() => {
  vi.useRealTimers();
});

const serverTime = '2026-01-01T00:00:10Z';
const identity = { uid: 'k', serverTime };

function activitiesOver(cluster: Partial<Cluster>) {
  const clusters = () => ({ name: 'eu', identity: async () => identity, ...cluster }) as Cluster;
  return createSmokeTestActivities({ clusters } as unknown as Parameters<typeof createSmokeTestActivities>[0]);
}

const input = {
  run: { operationId: '1' },
  target: { cluster: 'eu', namespace: 'shop' },
  source: { kind: 'job', name: 'smoke', target: 'eu', timeout: 60_000, spec: { template: {} } },
  clusterId: 'k',
} as unknown as SmokeTestInput;

function watchJob(cluster: Partial<Cluster>, known: Verdict = 'progressing'): Promise<SourceReport> {
  const { watchJob: watch } = activitiesOver(cluster);
  return new MockActivityEnvironment().run(watch, { ...input, uid: 'u', known });
}

function jobOf(status: JsonObject): KubeObject {
  const metadata = { name: 'j', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, status };
}

const unavailable = () => new PortError('unavailable', 'cluster eu: cannot get Job shop/j: ECONNRESET');
const failed = { failed: 1, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] };

describe('a smoke test', () => {
  test('is neither started nor watched in another cluster than the baseline’s', async () => {
    const other = { identity: async () => ({ uid: 'other', serverTime }), get: async () => jobOf({}) };
    const create = vi.fn();
    const message = expect.stringContaining('led to k when the snapshot was taken and leads to other now');
    const { startJob } = activitiesOver({ ...other, create });
    expect(await attempt().run(startJob, input)).toMatchObject({ verdict: 'inconclusive', evidence: [{ message }] });
    expect(create).not.toHaveBeenCalled();
    expect(await watchJob(other)).toMatchObject({ verdict: 'inconclusive', evidence: [{ message }] });
  });

  test('has failed, also where nobody may see its pods', async () => {
    const discover = () => Promise.reject(new PortError('denied', 'no'));
    expect(await watchJob({ get: async () => jobOf(failed), discover })).toEqual({
      verdict: 'failing',
      evidence: [{ object: 'smoke', reason: 'Failed', message: 'BackoffLimitExceeded' }],
      cursor: '',
    });
  });

  test('is not the Job that somebody else has made anew under its name', async () => {
    const another = jobOf(failed);
    const get = async () => ({ ...another, metadata: { ...another.metadata, uid: 'another' } });
    expect(await watchJob({ get })).toMatchObject({ verdict: 'inconclusive', evidence: [{ reason: 'Deleted' }] });
  });

  test('of which one answer is lost goes on; nothing is known of it after five seconds without any', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const answers = [
      jobOf({ active: 1 }),
      null,
      jobOf({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }),
    ];
    const lossy = async () => {
      const answer = answers.shift();
      if (!answer) throw unavailable();
      return answer;
    };
    expect(await watchJob({ get: lossy })).toMatchObject({ verdict: 'healthy' });

    let asked = 0;
    const silent = async () => {
      asked += 1;
      vi.advanceTimersByTime(2500);
      throw unavailable();
    };
    expect(await watchJob({ get: silent })).toMatchObject({ evidence: [{ reason: 'Unreachable' }] });
    expect(asked).toBe(2);
  });
});
