import { expect, test } from 'vitest';
import { type JsonObject, type SandboxCluster, textAt } from '../../src/sandbox/index.ts';
import { oneCluster, PODS, until } from './support.ts';

function pod(name: string, image: string): JsonObject {
  const spec = { restartPolicy: 'Never', containers: [{ name: 'check', image }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

/** As a client reads it; the admin's requests answer JSON alone. */
async function log(cluster: SandboxCluster, name: string, query = ''): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${cluster.tokens.engine}`, accept: '*/*' };
  const answer = await fetch(`${cluster.url}${PODS}/${name}/log${query}`, { headers });
  return { status: answer.status, text: await answer.text() };
}

test('a container prints what its tag says; the end of it may be asked for', async () => {
  await using sandbox = await oneCluster();
  const { cluster } = sandbox;
  await cluster.request('POST', PODS, pod('good', 'x:v1'));
  await cluster.request('POST', PODS, pod('bad', 'x:crash'));
  const phase = (name: string) => textAt(cluster.read(`${PODS}/${name}`), 'status', 'phase');
  await until('both are over', () => phase('good') === 'Succeeded' && phase('bad') === 'Failed');
  expect(await log(cluster, 'good')).toEqual({ status: 200, text: 'x:v1 starts\nall is well\n' });
  expect((await log(cluster, 'bad', '?container=check&tailLines=1')).text).toBe('error: the check has failed\n');
});

test('there is no log of what has not started, is not there, or may not be read', async () => {
  await using sandbox = await oneCluster();
  const { cluster } = sandbox;
  await cluster.request('POST', PODS, pod('absent', 'x:missing'));
  const waiting = await log(cluster, 'absent');
  expect(waiting).toMatchObject({ status: 400, text: expect.stringContaining('is waiting to start') });
  expect(await log(cluster, 'absent', '?container=other')).toMatchObject({ status: 400 });
  expect(await log(cluster, 'nobody')).toMatchObject({ status: 404 });
  cluster.deny({ user: 'engine', verb: 'get', resource: 'pods/log' });
  expect(await log(cluster, 'absent')).toMatchObject({ status: 403 });
});
