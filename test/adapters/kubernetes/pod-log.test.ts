import { expect, it } from 'vitest';
import { startRig } from './support/rig.ts';
import { cut, failure } from './support/scripted-server.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'check' };
const path = '/api/v1/namespaces/shop/pods/check/log';

it('asks for the last lines of one container, as text', async () => {
  const { server, cluster } = await startRig();
  server.on('GET', path, (response) => void response.end('one\ntwo\n'));
  expect(await cluster.logTail(pod, 'main', 20)).toBe('one\ntwo\n');
  const [asked] = server.requests('GET', path);
  expect(asked?.query).toEqual({ container: 'main', tailLines: '20', limitBytes: '65536' });
  expect(asked?.headers.accept).toContain('text/plain');
});

it.each([
  ['may not be read', failure(403, 'Forbidden')],
  ['is of a pod that is gone', failure(404, 'NotFound', { details: { name: 'check', kind: 'pods' } })],
  ['has not begun', failure(400, 'BadRequest')],
  ['is on a node that does not answer', failure(500, 'InternalError')],
  ['is lost on its way', cut],
])('there is none where it %s', async (_name, reply) => {
  const { server, cluster } = await startRig();
  server.on('GET', path, reply);
  expect(await cluster.logTail(pod, 'main', 20)).toBeUndefined();
});
