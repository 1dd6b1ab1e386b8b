import { describe, expect, it } from 'vitest';
import {
  cancel,
  followGuard,
  type GuardStart,
  readGuard,
  reportDeployed,
  reportFailure,
  sendHalted,
  startGuard,
  status,
} from '../../src/client/index.ts';
import { useTemporal } from '../support/temporal.ts';
import { aRequest, useFakeBelay } from './support/fake-worker.ts';

const temporal = useTemporal();
const fake = useFakeBelay(temporal);
const options = { readyTimeout: 10_000, by: 'ada' };

function ready(start: GuardStart) {
  if (start.kind !== 'ready') throw new Error(`not ready: ${JSON.stringify(start)}`);
  return start;
}

describe('starting a guard', () => {
  it('answers when the deploy may begin, and the outcome after it was reported', async () => {
    const request = aRequest();
    await fake.withWorkers(async () => {
      const { run, view } = ready(await startGuard(fake.belay, request, options));
      expect(run).toMatchObject({ workflowId: `belay:test/${request.application}`, guardId: request.guardId });
      expect(view.phase).toBe('guarding');
      expect(await reportDeployed(fake.belay, run)).toBe('delivered');
      const ending = await followGuard(fake.belay, run);
      expect(ending).toMatchObject({ kind: 'ended', result: { outcome: 'kept' } });
      expect(ending.kind === 'ended' && ending.closedAt).toBeInstanceOf(Date);
      expect(await reportDeployed(fake.belay, run)).toBe('ended');
    });
  });

  it('asks an open guard to make room, and starts when it has', async () => {
    const request = aRequest();
    const newer = { ...request, guardId: 'newer' };
    await fake.withWorkers(async () => {
      const first = ready(await startGuard(fake.belay, request, options));
      const second = ready(await startGuard(fake.belay, newer, options));
      expect(await readGuard(fake.belay, first.run)).toMatchObject({
        kind: 'ended',
        result: { outcome: 'superseded', reason: 'by newer' },
      });
      expect(await readGuard(fake.belay, second.run)).toMatchObject({ kind: 'open', view: { guardId: 'newer' } });
      await cancel(fake.belay, second.run, { by: 'ada', reason: 'done' });
    });
  });

  it('stays unready and starts nothing while the open run is restoring', async () => {
    const request = aRequest({ revision: 'busy' });
    await fake.withWorkers(async () => {
      await startGuard(fake.belay, request, options);
      const second = await startGuard(fake.belay, { ...request, guardId: 'newer' }, { ...options, readyTimeout: 1500 });
      expect(second).toMatchObject({ kind: 'unready', run: null });
      expect(second.kind === 'unready' && second.reason).toMatch(/busy: another guard .*restoring/);
      const open = await status(fake.belay, request);
      expect(open).toMatchObject({ kind: 'open', view: { guardId: request.guardId } });
    });
  });

  it('attaches to its own guard when it is started again with the same id', async () => {
    const request = aRequest();
    await fake.withWorkers(async () => {
      const first = ready(await startGuard(fake.belay, request, options));
      const again = ready(await startGuard(fake.belay, request, options));
      expect(again.run).toEqual(first.run);
      await cancel(fake.belay, first.run, { by: 'ada', reason: 'done' });
    });
  });

  it('attaches without deploying when its own guard is already restoring', async () => {
    const request = aRequest({ revision: 'busy' });
    await fake.withWorkers(async () => {
      expect(await startGuard(fake.belay, request, options)).toMatchObject({ kind: 'passed' });
    });
  });

  it('tells a guard that does not get ready in time to stop', async () => {
    const request = aRequest({ revision: 'slow' });
    await fake.withWorkers(async () => {
      const start = await startGuard(fake.belay, request, { ...options, readyTimeout: 1000 });
      expect(start).toMatchObject({ kind: 'unready', reason: expect.stringContaining('still preparing after 1 s') });
      if (start.kind !== 'unready' || start.run === null) throw new Error('no run');
      const ending = await followGuard(fake.belay, start.run);
      expect(ending).toMatchObject({ kind: 'ended', result: { outcome: 'unready' } });
    });
  });

  it('stays unready when the workers have gone', async () => {
    const start = await startGuard(fake.belay, aRequest(), { ...options, readyTimeout: 4000 });
    // The server remembers pollers for a while, so that the guard's silence is all that is certain.
    expect(start).toMatchObject({ kind: 'unready', reason: expect.stringContaining('no worker') });
  });

  it('gives up at once when it is interrupted', async () => {
    const interrupt = new AbortController();
    const request = aRequest({ revision: 'slow' });
    await fake.withWorkers(async () => {
      setTimeout(() => interrupt.abort(), 500);
      const start = await startGuard(fake.belay, request, { ...options, signal: interrupt.signal });
      expect(start).toMatchObject({ kind: 'unready', reason: expect.stringContaining('interrupted') });
    });
  });

  it('says what a rejected request was rejected for', async () => {
    await fake.withWorkers(async () => {
      const start = await startGuard(fake.belay, aRequest({ revision: 'rejected' }), options);
      expect(start).toMatchObject({
        kind: 'closed',
        end: { kind: 'failed', how: 'rejected', reason: 'targets: unknown cluster' },
      });
    });
  });
});

describe('following a guard', () => {
  it('goes on through continue-as-new', async () => {
    const request = aRequest({ revision: 'continues' });
    await fake.withWorkers(async () => {
      const { run } = ready(await startGuard(fake.belay, request, options));
      await reportDeployed(fake.belay, run);
      expect(await followGuard(fake.belay, run)).toMatchObject({ kind: 'ended', result: { outcome: 'kept' } });
    });
  });

  it('answers the own outcome although a later guard of the application is open', async () => {
    const request = aRequest();
    await fake.withWorkers(async () => {
      const first = ready(await startGuard(fake.belay, request, options));
      await reportDeployed(fake.belay, first.run);
      await followGuard(fake.belay, first.run);
      const later = ready(await startGuard(fake.belay, { ...request, guardId: 'later' }, options));
      expect(await followGuard(fake.belay, first.run)).toMatchObject({
        kind: 'ended',
        result: { guardId: request.guardId, outcome: 'kept' },
      });
      await cancel(fake.belay, later.run, { by: 'ada', reason: 'done' });
    });
  });

  it('halts and ends restored after a reported failure', async () => {
    await fake.withWorkers(async () => {
      const { run } = ready(await startGuard(fake.belay, aRequest(), options));
      await reportFailure(fake.belay, run, { source: 'command', reason: 'exit 1', key: 'k' });
      const phases: string[] = [];
      const ending = await followGuard(fake.belay, run, {
        onView: ({ phase }) => {
          phases.push(phase);
          if (phase === 'halting') void sendHalted(fake.belay, run);
        },
      });
      expect(phases).toContain('halting');
      expect(ending).toMatchObject({ kind: 'ended', result: { outcome: 'restored', reason: 'command: exit 1' } });
    });
  });

  it('stops at a run that waits for a person', async () => {
    await fake.withWorkers(async () => {
      const { run } = ready(await startGuard(fake.belay, aRequest({ revision: 'blocked' }), options));
      await reportDeployed(fake.belay, run);
      expect(await followGuard(fake.belay, run)).toMatchObject({
        kind: 'waiting',
        view: { phase: 'waiting(blocked)' },
      });
    });
  });

  it('gives up when nobody answers for a long time', async () => {
    const { run } = await fake.withWorkers(async () => ready(await startGuard(fake.belay, aRequest(), options)));
    const notes: string[] = [];
    const patience = { giveUpAfter: 4000, onHiccup: (text: string) => notes.push(text) };
    expect(await followGuard(fake.belay, run, { patience })).toMatchObject({ kind: 'lost' });
    expect(notes.length).toBe(1);
  });

  it('reports a terminated run as lost, not as an outcome', async () => {
    await fake.withWorkers(async () => {
      const { run } = ready(await startGuard(fake.belay, aRequest(), options));
      await temporal.client.workflow.getHandle(run.workflowId).terminate('test');
      expect(await followGuard(fake.belay, run)).toMatchObject({ kind: 'failed', how: 'lost' });
    });
  });
});
