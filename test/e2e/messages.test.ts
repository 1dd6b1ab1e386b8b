import { randomUUID } from 'node:crypto';
import { Client, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { beforeAll, describe, expect, test } from 'vitest';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const engine = useEngine();
const bytes = (text: string) => new TextEncoder().encode(text);

/** A sender whose every payload is this one on the wire. */
function senderOf(payload: Payload): Client {
  const codec: PayloadCodec = {
    encode: async (payloads) => payloads.map(() => payload),
    decode: async (payloads) => payloads,
  };
  const { client, namespace } = engine.temporal;
  return new Client({ connection: client.connection, namespace, dataConverter: { payloadCodecs: [codec] } });
}

const strange = { metadata: { encoding: bytes('binary/encrypted') }, data: bytes('\u0001\u0002') };
const broken = { metadata: { encoding: bytes('json/plain') }, data: bytes('{"password":"hunter2"') };

const signals = ['deployed', 'promote', 'cancel', 'halted', 'supersede', 'reportFailure'] as const;

describe('a guard that hears what nobody can read, or what is not for it', () => {
  let app: SmallApp;
  let before: Record<string, unknown>;
  let guard: Guard;
  let handle: WorkflowHandle;

  beforeAll(async () => {
    app = await installSmallApp(engine.sandbox, uniqueName('messages'));
    before = await app.content();
    guard = await engine.start(engine.request(app.name, { bake: '1h', deadline: '1h' }));
    handle = engine.temporal.client.workflow.getHandle(guard.workflowId);
    await guard.ready();
    for (const cluster of clusterNames) await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
  });

  /** The guard is alive when it answers; it has gone on when the phase is still the one before the message. */
  const noted = async (text: string) => {
    const view = await guard.until(text, ({ timeline }) => timeline.some((line) => line.text === text));
    expect(view.phase).toBe('guarding');
  };

  test.each(signals)('notes %s when its payload has an encoding that nobody knows', async (name) => {
    await senderOf(strange).workflow.getHandle(guard.workflowId).signal(name, {});
    await noted(`ignored ${name}: its payload could not be decoded (encoding binary/encrypted)`);
  });

  test.each(signals)('notes %s when its payload is broken, and quotes nothing of it', async (name) => {
    await senderOf(broken).workflow.getHandle(guard.workflowId).signal(name, {});
    await noted(`ignored ${name}: its payload could not be decoded (encoding json/plain)`);
    expect(JSON.stringify(await guard.status())).not.toContain('hunter2');
  });

  test.each(signals)('notes %s when it is a plain string, and when it has no payload at all', async (name) => {
    await handle.signal(name, 'now!');
    await handle.signal(name);
    const text = `ignored ${name}: not an object`;
    await guard.until(`${text}, twice`, ({ timeline }) => timeline.filter((line) => line.text === text).length === 2);
  });

  test.each(['deployed', 'promote', 'cancel', 'halted'])('notes %s when it names another guard', async (name) => {
    await handle.signal(name, { guardId: 'of-yesterday', by: 'ada', reason: 'late' });
    await noted(`ignored ${name}: it names guard of-yesterday`);
  });

  const report = (whose: object) =>
    handle.signal('reportFailure', { source: 'alerts', reason: 'errors', key: randomUUID(), ...whose });

  test('notes a failure report that does not say whose it is', async () => {
    await report({});
    await noted('ignored reportFailure: it names no "guardId", "revision" or "observedAt"');
  });

  test.each([
    ['another guard', { guardId: 'of-yesterday' }, 'it names guard of-yesterday'],
    ['another revision', { revision: 'v0' }, 'it names revision v0'],
    [
      'a time before "deployed"',
      { observedAt: new Date().toISOString() },
      'it was observed before this deploy was done',
    ],
  ])('notes a failure report that names %s', async (_what, whose, why) => {
    await report(whose);
    await noted(`ignored reportFailure of alerts: ${why}`);
  });

  test.each(['resolve', 'approve', 'hold', 'resume', 'requestRollback'])(
    'rejects the update %s when nobody can read it',
    async (name) => {
      for (const payload of [strange, broken]) {
        const update = senderOf(payload)
          .workflow.getHandle(guard.workflowId)
          .executeUpdate(name, { args: [{}] });
        await expect(update).rejects.toMatchObject({
          cause: { message: expect.stringContaining('could not be decoded') },
        });
      }
      expect((await guard.status()).phase).toBe('guarding');
    },
  );

  test('still rolls a real failure back, and hears it once', async () => {
    await guard.deployed();
    await guard.until('watching', ({ phase }) => phase === 'watching');
    await report({ observedAt: new Date(0).toISOString() });
    expect((await guard.status()).phase).toBe('watching');

    const { guardId } = guard.request;
    await report({ guardId, key: 'alert-1' });
    await report({ guardId, key: 'alert-1' });
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const texts = (await guard.status()).timeline.map(({ text }) => text);
    expect(texts).toContain('ignored reportFailure of alerts: key alert-1 was already seen');
    expect(texts.filter((text) => text.includes('observed before this deploy'))).toHaveLength(2);
    expect(texts.filter((text) => text.startsWith('also reported'))).toEqual([]);
  });
});

describe('a start that nobody can read', () => {
  const rejected = (message: string) => ({
    cause: { type: 'RequestRejected', message: expect.stringContaining(message) },
  });

  test.each([
    ['an unknown encoding', strange],
    ['broken bytes', broken],
  ])('fails the guard as a wrong request: %s', async (_what, payload) => {
    const start = { workflowId: uniqueName('belay:test/start'), taskQueue: 'belay', args: [{}] };
    const run = senderOf(payload).workflow.execute('guardDeploy', start);
    await expect(run).rejects.toMatchObject(rejected('request: its payload could not be decoded'));
  });

  test.each([
    ['a plain string', ['now!']],
    ['nothing', []],
  ])('fails the guard as a wrong request: %s', async (_what, args) => {
    const start = { workflowId: uniqueName('belay:test/start'), taskQueue: 'belay', args };
    await expect(engine.temporal.client.workflow.execute('guardDeploy', start)).rejects.toMatchObject(
      rejected('request: '),
    );
  });

  const rollBack = (sender: Client, workflowId: string, args: readonly unknown[]) =>
    sender.workflow.executeUpdateWithStart('requestRollback', {
      args: [{ by: 'ada', reason: 'slow' }],
      startWorkflowOperation: new WithStartWorkflowOperation('rollBack', {
        workflowId,
        taskQueue: 'belay',
        args: [...args],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    });

  test('fails a rollback that has no name to work on', async () => {
    const workflowId = uniqueName('belay:test/rollback');
    await rollBack(engine.temporal.client, workflowId, ['now!']);
    const run = engine.temporal.client.workflow.getHandle(workflowId);
    await expect(run.result()).rejects.toMatchObject(rejected('application: '));
  });

  test('fails a rollback whose request was turned away, so that it does not hold the name', async () => {
    const workflowId = uniqueName('belay:test/rollback');
    await expect(rollBack(senderOf(strange), workflowId, [{}])).rejects.toThrow();
    const run = engine.temporal.client.workflow.getHandle(workflowId);
    await expect(run.result()).rejects.toMatchObject(rejected('nobody said who asks for this rollback'));
  });
});
