import type { WorkflowHandle } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { describe, type ExpectStatic, test } from 'vitest';
import { resume } from '../../src/client/index.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { guardBadDeploy } from '../support/bad-deploy.ts';
import { type ChainRun, readChain } from '../support/chain.ts';
import { type Guard, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';

/** While it is closed, whatever a worker is handed stays with it. */
function createGate() {
  let opened = Promise.resolve();
  let open = () => {};
  const codec: PayloadCodec = {
    encode: async (payloads) => payloads,
    decode: async (payloads) => opened.then(() => payloads),
  };
  const close = () => {
    opened = new Promise((resolve) => {
      open = resolve;
    });
  };
  return { codec, close, open: () => open() };
}

const gate = createGate();
const engine = useEngine({ workers: { dataConverter: { payloadCodecs: [gate.codec] } } });

/** Of the open run, whichever of the chain that is. */
function latest({ workflowId }: Guard): WorkflowHandle {
  return engine.temporal.client.workflow.getHandle(workflowId);
}

function until(guard: Guard, what: string, isSo: (view: StatusView) => boolean): Promise<StatusView> {
  return pollUntil(what, () => latest(guard).query<StatusView>('status'), isSo, 120_000);
}

interface Storm {
  readonly from: number;
  readonly upTo: number;
  /** Each names a guard of its own unless given. */
  readonly guardId?: string;
}

/** Failure reports with numbers, all at once: their order is the server's. */
async function report(guard: Guard, { from, upTo, guardId }: Storm): Promise<void> {
  const handle = latest(guard);
  const keys = Array.from({ length: upTo - from + 1 }, (_, index) => `report ${from + index}`);
  await Promise.all(
    keys.map((key) => handle.signal('reportFailure', { source: 'storm', reason: key, key, guardId: guardId ?? key })),
  );
}

/** A run can continue as new only while nothing arrives, so behind each gust there is a lull. */
const gust = 200;

async function storm(guard: Guard, upTo: number, whose: Pick<Storm, 'guardId'> = {}): Promise<void> {
  for (let from = 1; from <= upTo; from += gust) {
    await report(guard, { from, upTo: Math.min(upTo, from + gust - 1), ...whose });
    // Answered when everything before it was heard.
    await latest(guard).query('status');
  }
}

const numbersIn = (texts: readonly string[]) => texts.flatMap((text) => /report (\d+)/.exec(text)?.[1] ?? []);

/** From this number of events on the server warns, and at five times as many it ends a run. */
const longHistory = 10_240;

/** Every report is in one history, and each run says to the next one what it has heard: all of it, once, in order. */
function expectAllHeard(expect: ExpectStatic, runs: readonly ChainRun[], count: number): void {
  const heard: string[] = [];
  for (const { events, signals, handedOn } of runs) {
    expect(events).toBeLessThan(longHistory);
    heard.push(...numbersIn(signals));
    const noted = numbersIn(handedOn ?? []);
    expect(noted).toEqual(noted.length === 0 ? [] : heard.slice(-noted.length));
  }
  expect(heard).toHaveLength(count);
  expect(new Set(heard).size).toBe(count);
}

const forLong = { bake: '1h', deadline: '1h' } as const;
const first = async (guard: Guard) => ({ ...guard, runId: (await latest(guard).describe()).runId });

test('of a hundred and one signals that arrive during one workflow task each is heard once', async ({ expect }) => {
  const { guard } = await guardBadDeploy(engine, 'burst', forLong);
  const { workflowId, runId } = await first(guard);
  gate.close();
  await report(guard, { from: 1, upTo: 1 });
  const lastEvent = async () => (await latest(guard).fetchHistory()).events?.at(-1);
  await pollUntil('a task that is taken', lastEvent, (event) => Boolean(event?.workflowTaskStartedEventAttributes));
  await report(guard, { from: 2, upTo: 102 });
  gate.open();
  const { timeline, phase } = await until(guard, 'the last', (view) => view.timeline.length === 100);
  expect(phase).toBe('guarding');
  const { client } = engine.temporal;
  const [{ signals = [] } = {}] = await readChain(client, { workflowId, runId }, 'reportFailure');
  expect(numbersIn(signals).toSorted((one, other) => Number(one) - Number(other))).toEqual(
    Array.from({ length: 102 }, (_, index) => String(index + 1)),
  );
  expect(numbersIn(timeline.map(({ text }) => text))).toEqual(numbersIn(signals).slice(-100));
});

/** Enough for one continue-as-new; `BELAY_STORM=10001` is more than the server lets any single run have. */
const upTo = Number(process.env.BELAY_STORM ?? 4500);

describe('a storm of signals to one run', () => {
  test('that watches: it continues as new in time, nothing is lost or doubled, and it is kept', async ({ expect }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'storm', forLong, async () => {});
    const begun = await first(guard);
    await storm(guard, upTo);
    await latest(guard).signal('promote', { guardId: guard.request.guardId, by: 'ada' });
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    const runs = await readChain(engine.temporal.client, begun, 'reportFailure');
    expect(runs.length).toBeGreaterThan(1);
    expectAllHeard(expect, runs, upTo);
    expect(await app.content()).toEqual(before);
  }, 300_000);

  test('that waits for a person: it goes on waiting in a fresh one, and is restored when somebody says so', async ({
    expect,
  }) => {
    const { app, guard, before, failed } = await guardBadDeploy(engine, 'storm-held', { onFailure: 'hold' });
    const begun = await first(guard);
    await guard.fail();
    const { decision } = await until(guard, 'held', ({ phase }) => phase === 'waiting(hold)');
    await storm(guard, upTo, guard.request);
    const later = await until(guard, 'still held', ({ phase }) => phase === 'waiting(hold)');
    expect(later.decision?.step).toBe(decision?.step);
    expect(await app.content()).toEqual(failed);

    const { client, address, namespace } = engine.temporal;
    const belay = { temporal: client, address, namespace, close: () => Promise.resolve() };
    await resume(belay, guard.request, { by: 'ada', reason: 'looked at it' });
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const runs = await readChain(client, begun, 'reportFailure');
    expect(runs.length).toBeGreaterThan(1);
    expectAllHeard(expect, runs, upTo);
  }, 300_000);
});
