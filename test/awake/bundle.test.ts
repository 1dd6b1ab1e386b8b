import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bundleWorkflows } from '../support/bundle.ts';
import { fixtures } from './tools.ts';

describe('the workflow bundle', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belay-awake-'));
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const bundle = (name: string) => bundleWorkflows(join(fixtures, 'bundle', name), join(folder, 'bundle.js'));

  test('refuses a module of Node', async () => {
    await expect(bundle('node.ts')).rejects.toThrow('Webpack finished with errors');
  });

  test('refuses the Temporal client', async () => {
    await expect(bundle('client.ts')).rejects.toThrow(/disallowed modules.*client/s);
  });

  test('takes a workflow that imports the workflow package', async () => {
    await expect(bundle('allowed.ts')).resolves.toContain('bundle.js');
  });
});
