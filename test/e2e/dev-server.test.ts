import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { startDevServer } from '../../src/adapters/temporal-cli.ts';
import { searchAttributes } from '../../src/schema/search-attributes.ts';

let folder: string;
const cli = inject('temporalCli');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-dev-server-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function waitForEnd(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && isAlive(pid); attempt += 1) await delay(50);
}

describe('the dev server', () => {
  test('serves its namespace, its search attributes and its UI on loopback once it is there', async () => {
    const server = await startDevServer({ cli, namespace: 'climb', searchAttributes, ui: 'on' });
    try {
      const connection = await Connection.connect({ address: server.address });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'climb' });
      await connection.close();
      expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(searchAttributes)));
      expect(server.address).toMatch(/^127\.0\.0\.1:/);
      expect((await fetch(`${server.uiUrl}/namespaces/climb/workflows`)).status).toBe(200);
    } finally {
      await server.stop();
    }
    expect(isAlive(server.pid)).toBe(false);
  });

  test('keeps its runs in the file it was given and its log where it was told to', async () => {
    const dbFilename = join(folder, 'temporal.db');
    const options = { cli, dbFilename, logFile: join(folder, 'server.log') };
    const first = await startDevServer({ ...options, namespace: 'kept' });
    await first.stop();
    const second = await startDevServer(options);
    const connection = await Connection.connect({ address: second.address });
    const { namespaces } = await connection.workflowService.listNamespaces({});
    await connection.close();
    await second.stop();
    expect(namespaces.map((each) => each.namespaceInfo?.name)).toContain('kept');
    expect(await readFile(options.logFile, 'utf8')).toContain('Temporal Server');
  });

  test('is started again when it ends at once, as when another process was faster at one of its ports', async () => {
    const faltering = join(folder, 'temporal');
    const script = `#!/bin/sh\n[ -e ${folder}/tried ] || { touch ${folder}/tried; exit 1; }\nexec ${cli} "$@"\n`;
    await writeFile(faltering, script, { mode: 0o755 });
    const server = await startDevServer({ cli: faltering });
    expect(isAlive(server.pid)).toBe(true);
    await server.stop();
  });

  test('says why when it cannot start', async () => {
    const start = startDevServer({ cli, dbFilename: join(folder, 'no', 'such', 'folder', 'x.db'), limit: 15_000 });
    await expect(start).rejects.toThrow(/did not start: its process ended\n.*no such file or directory/is);
  });

  test('ends when its parent is killed with -9', async () => {
    const script = fileURLToPath(new URL('../support/fixtures/hold-dev-server.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script, cli], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await waitForEnd(pid);
    expect(isAlive(pid)).toBe(false);
  });
});
