import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, objectsAt, textAt } from '../../src/sandbox/index.ts';

const MAIN = new URL('../../src/sandbox/main.ts', import.meta.url).pathname;

type Child = ChildProcessByStdio<Writable, Readable, null>;

let folder: string;
const children: Child[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(...options: string[]): Promise<{ child: Child; ready: JsonObject }> {
  const args = ['--import', 'tsx', MAIN, '--clusters', 'eu,us', '--kubeconfig', folder, ...options];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, ready: JSON.parse(line) as JsonObject };
}

async function adminToken(): Promise<string> {
  const config = JSON.parse(await readFile(join(folder, 'admin.yaml'), 'utf8')) as JsonObject;
  return textAt(objectsAt(config, 'users')[0], 'user', 'token') ?? '';
}

describe('the sandbox as a process', () => {
  it('says in one line where its clusters and kubeconfigs are, and ends on SIGTERM', async () => {
    const { child, ready } = await start();
    const url = textAt(ready, 'clusters', 'eu', 'url');
    const headers = { Authorization: `Bearer ${await adminToken()}` };
    expect((await fetch(`${url}/api/v1/namespaces/default`, { headers })).status).toBe(200);
    expect((await stat(textAt(ready, 'kubeconfigs', 'engine') ?? '')).mode & 0o777).toBe(0o600);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('takes faults and shows its audit over HTTP, also for a cluster that refuses connections', async () => {
    const { child, ready } = await start('--with-parent');
    const headers = { Authorization: `Bearer ${await adminToken()}` };
    const control = async (method: string, path: string, body?: object): Promise<JsonObject> => {
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      return (await (await fetch(`${textAt(ready, 'controlUrl')}/sandbox/${path}`, init)).json()) as JsonObject;
    };
    const url = textAt(ready, 'clusters', 'us', 'url');
    expect(
      await control('POST', 'faults?cluster=us', {
        match: { method: 'GET' },
        effect: { kind: 'respond', status: 503 },
        count: 1,
      }),
    ).toEqual({ id: 'us-1' });
    expect((await fetch(`${url}/api`, { headers })).status).toBe(503);
    expect(await control('GET', 'faults?cluster=us')).toMatchObject({ faults: [{ id: 'us-1', matched: 1, fired: 1 }] });
    expect(await control('GET', 'audit?cluster=us')).toMatchObject({ entries: [{ method: 'GET', path: '/api' }] });
    await control('POST', 'refuse?cluster=us');
    await expect(fetch(`${url}/readyz`)).rejects.toThrow();
    await control('POST', 'restore?cluster=us');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${textAt(ready, 'controlUrl')}/sandbox/audit`)).status).toBe(401);
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
