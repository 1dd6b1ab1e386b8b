import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleWorkflows } from '../support/bundle.ts';
import { readHistory, saveHistory, uniqueName, useTemporal } from '../support/temporal.ts';
import { release, trivial } from './fixtures/trivial.ts';

/**
 * npm's own choice of protobufjs versions breaks JSON replay ("type must be a Type"); package.json pins one to
 * prevent it. This fails when an update brings the trap back.
 */
describe('a history kept as JSON', () => {
  const temporal = useTemporal();
  let folder: string;
  let codePath: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belay-replay-'));
    file = join(folder, 'trivial.json');
    const source = fileURLToPath(new URL('./fixtures/trivial.ts', import.meta.url));
    codePath = await bundleWorkflows(source, join(folder, 'bundle.js'));
    await temporal.withWorker({ workflowBundle: { codePath } }, async () => {
      const workflowId = uniqueName('trivial');
      const handle = await temporal.client.workflow.start(trivial, { taskQueue: 'belay', workflowId, args: ['rope'] });
      await handle.signal(release);
      expect(await handle.result()).toBe('hello rope');
      await saveHistory(handle, file);
    });
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('replays as read from the file', async () => {
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, JSON.parse(await readFile(file, 'utf8')));
  });

  test('replays as a decoded history', async () => {
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, await readHistory(file));
  });

  test('does not replay when the code asks for another order of commands', async () => {
    const changed = (await readFile(codePath, 'utf8')).replace("sleep)('1ms')", 'condition)(() => true)');
    expect(changed).not.toBe(await readFile(codePath, 'utf8'));
    await expect(
      Worker.runReplayHistory({ workflowBundle: { code: changed } }, await readHistory(file)),
    ).rejects.toThrow(DeterminismViolationError);
  });
});
