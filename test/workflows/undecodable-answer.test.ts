import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleWorkflows, payloadConverterPath } from '../support/bundle.ts';
import { pollUntil } from '../support/poll.ts';
import { uniqueName, useTemporal } from '../support/temporal.ts';

const temporal = useTemporal();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-asking-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const encoding = new TextEncoder().encode('binary/encrypted');
const isSealed = ({ metadata }: Payload) => metadata?.sealed !== undefined;

/** Seals what it sends; opens only with the key. */
function codec(key: 'has the key' | 'has no key'): PayloadCodec {
  const seal = ({ metadata, data }: Payload): Payload => ({
    metadata: { encoding, sealed: metadata?.encoding ?? encoding },
    data: data ?? null,
  });
  const open = (payload: Payload): Payload =>
    isSealed(payload) ? { ...payload, metadata: { encoding: payload.metadata?.sealed ?? encoding } } : payload;
  return {
    encode: async (payloads) => payloads.map(seal),
    decode: async (payloads) => (key === 'has the key' ? payloads.map(open) : payloads),
  };
}

test('the answer of an activity that nobody can read fails the task until a worker has the key', async () => {
  const source = fileURLToPath(new URL('./fixtures/asking.ts', import.meta.url));
  const codePath = await bundleWorkflows(source, join(folder, 'bundle.js'), { payloadConverterPath });
  const workflowBundle = { codePath };
  const dataConverter = (key: Parameters<typeof codec>[0]) => ({ payloadCodecs: [codec(key)] });

  const workflowId = uniqueName('asking');
  const handle = await temporal.client.workflow.start('asking', { taskQueue: 'belay', workflowId });
  const failedTasks = async () =>
    ((await handle.fetchHistory()).events ?? []).filter((event) => event.workflowTaskFailedEventAttributes);

  const answering = {
    activities: { answer: async () => ({ secret: 42 }) },
    dataConverter: dataConverter('has no key'),
  };
  await temporal.withWorker({ workflowBundle, ...answering }, () =>
    pollUntil('a failed workflow task', failedTasks, (events) => events.length > 0),
  );
  const [failed] = await failedTasks();
  expect(failed?.workflowTaskFailedEventAttributes?.failure?.message).toContain('binary/encrypted');
  expect((await handle.describe()).status.name).toBe('RUNNING');

  await temporal.withWorker({ workflowBundle, dataConverter: dataConverter('has the key') }, async () => {
    await pollUntil(
      'the end',
      () => handle.describe(),
      ({ status }) => status.name !== 'RUNNING',
    );
  });
  expect((await handle.describe()).status.name).toBe('COMPLETED');
});
