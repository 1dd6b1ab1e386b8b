import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { historiesFolder } from '../support/recorded.ts';
import { readHistory, workflowBundlePath } from '../support/temporal.ts';

const files = readdirSync(historiesFolder).filter((file) => file.endsWith('.json'));

/** All outcomes, a plan, and the demo's guard. */
const wanted = [
  'kept',
  'superseded',
  'restored',
  'reverted',
  'refused',
  'held',
  'observed',
  'cancelled',
  'unready',
  'abandoned',
  'planned',
  'demo',
];

describe('recorded histories', () => {
  test('there is one for every outcome', () => {
    expect(files).toEqual(expect.arrayContaining(wanted.map((name) => `${name}.json`)));
  });

  test.each(files)('%s replays on the workflows of today', async (file) => {
    const history = await readHistory(join(historiesFolder, file));
    await Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath() } }, history);
  });
});
