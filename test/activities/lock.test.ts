import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createActivities } from '../../activities/index.ts';
import { PortError } from '../../src/ports/port-error.ts';
import { at, type Fault, type Json, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { LockInput } from '../../src/schema/activities.ts';
import type { HolderState } from '../../src/schema/holder-state.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { clusterNames, sandboxEntries } from '../support/engine.ts';
import { openSiteOf, type Site } from '../support/site.ts';
import { installSmallApp } from '../support/small-app.ts';

const [cluster] = clusterNames;
const closing: (() => Promise<unknown>)[] = [];
let sandbox: Sandbox;
let deps: Dependencies;
let stateOfHolder: () => Promise<HolderState> = async () => 'unknown';

beforeAll(async () => {
  sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5 });
  const connected = await connectDependencies(sandboxEntries(sandbox), 'here:7233', closing);
  deps = { ...connected, runs: { ...connected.runs, holderState: () => stateOfHolder() } };
});

afterAll(async () => {
  for (const close of closing) await close();
  await sandbox.stop();
});

interface Locked {
  readonly site: Site;
  readonly input: LockInput;
  /** The same application's next run. */
  readonly next: LockInput;
  readonly path: string;
}

async function open(name: string): Promise<Locked> {
  const site = await openSiteOf(createActivities(deps), await installSmallApp(sandbox, name));
  const input = { run: site.run, cluster, lockNamespace: name };
  const next = { ...input, run: { ...site.run, firstRunId: 'another', operationId: 'fedcba9876543210' } };
  return { site, input, next, path: `/apis/coordination.k8s.io/v1/namespaces/${name}/leases` };
}

const lease = ({ path }: Locked) => sandbox.cluster(cluster).list(path)[0] ?? {};
const holder = (locked: Locked) => String(at(lease(locked), 'spec', 'holderIdentity'));

function lose(method: string, { path }: Locked, effect: Fault['effect'] = { kind: 'doThenDrop' }) {
  const fault = { match: { method, path, user: 'engine' }, effect, count: 1 };
  return sandbox.cluster(cluster).faults.inject(fault);
}

test.each(['POST', 'PUT'])('a lock taken by a %s without an answer is found again, not taken twice', async (method) => {
  const locked = await open(`lost-${method.toLowerCase()}`);
  const { site, input } = locked;
  if (method === 'PUT') {
    await site.call('acquireLock', input);
    await site.call('releaseLock', { ...input, journalHead: null });
  }
  const fault = lose(method, locked);
  await expect(site.call('acquireLock', input)).rejects.toMatchObject({ type: 'ClusterUnreachable' });
  expect(fault.fired).toBe(1);
  const epoch = method === 'PUT' ? 2 : 1;
  expect(await site.call('acquireLock', input)).toMatchObject({ epoch });
  expect(await site.call('acquireLock', input)).toMatchObject({ epoch });
});

test('of two runs that ask at the same moment one gets it', async () => {
  stateOfHolder = async () => 'open';
  const { site, input, next } = await open('twoatonce');
  const asked = await Promise.allSettled([input, next].map((one) => site.call('acquireLock', one)));
  expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a lock is taken over from a closed run of the same Temporal, one epoch later', async () => {
  stateOfHolder = async () => 'closed';
  const locked = await open('closed');
  const { site, input, next } = locked;
  await site.call('acquireLock', input);
  const before = holder(locked);
  expect(await site.call('acquireLock', next)).toMatchObject({ epoch: 2, takenFrom: before });
  expect(holder(locked)).toContain('another');
});

describe('a lock is not taken over', () => {
  test.each([
    ['open', /a run that is open; end that run first$/],
    [
      'unknown',
      /does not know \(any more\); make sure that it is over, then: belay lock break test\/held-unknown --cluster/,
    ],
    [
      'elsewhere',
      /of another Temporal; make sure .* --cluster eu --namespace held-elsewhere --by <you> --reason <why>$/,
    ],
    ['stranger', /no run of Belay; make sure/],
  ] as const)('from a holder that is %s: the failure names holder and way out', async (state, message) => {
    stateOfHolder = async () => state;
    const locked = await open(`held-${state}`);
    const { site, input, next } = locked;
    await site.call('acquireLock', input);
    const before = lease(locked);
    await expect(site.call('acquireLock', next)).rejects.toMatchObject({
      type: 'LockHeld',
      nonRetryable: true,
      message: expect.stringMatching(message),
    });
    expect(lease(locked)).toEqual(before);
  });

  test('while Temporal does not answer; it is asked again', async () => {
    stateOfHolder = async () => {
      throw new PortError('unavailable', 'Temporal does not answer');
    };
    const { site, input, next } = await open('silent');
    await site.call('acquireLock', input);
    await expect(site.call('acquireLock', next)).rejects.toMatchObject({
      type: 'TemporalUnreachable',
      nonRetryable: false,
    });
  });
});

test('a lock is given back although the journal head on it was moved at the same moment', async () => {
  const locked = await open('moved');
  const { site, input } = locked;
  await site.call('acquireLock', input);
  const moved = lose('PUT', locked, {
    kind: 'call',
    when: 'before',
    run: async () => {
      const live = lease(locked) as Record<string, Json>;
      const metadata = { ...(live.metadata as object), annotations: { team: 'web' } };
      const path = `${locked.path}/${String(at(live, 'metadata', 'name'))}`;
      await sandbox.cluster(cluster).request('PUT', path, { ...live, metadata } as Json, { user: 'admin' });
    },
  });
  const journalHead = { sequence: 3, digest: 'sha256:aa' };
  expect(await site.call('releaseLock', { ...input, journalHead })).toEqual({ released: true });
  expect(moved.fired).toBe(1);
  expect(at(lease(locked), 'metadata', 'annotations')).toEqual({
    team: 'web',
    'belay.dev/journal-head': '3 sha256:aa',
  });
});

test('nobody gives back what another run holds', async () => {
  const locked = await open('notmine');
  const { site, input, next } = locked;
  await site.call('acquireLock', input);
  expect(await site.call('releaseLock', { ...next, journalHead: null })).toEqual({ released: false });
  expect(holder(locked)).not.toBe('');
});
