import { createServer } from 'node:net';
import { expect, inject, it } from 'vitest';
import { connect } from '../../src/client/index.ts';

it('names the address when nothing answers there', async () => {
  await expect(connect({ namespace: 'default', connection: { address: '127.0.0.1:1' } })).rejects.toMatchObject({
    name: 'ClientError',
    kind: 'unreachable',
    message: expect.stringContaining('Temporal at 127.0.0.1:1 does not answer'),
  });
});

it('names the address when something else answers there', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  const place = { namespace: 'default', connection: { address: `127.0.0.1:${port}` } };
  await expect(connect(place)).rejects.toMatchObject({ kind: 'unreachable' });
  server.close();
});

it('names a namespace that does not exist', async () => {
  const place = { namespace: 'nowhere', connection: { address: inject('temporalAddress') } };
  await expect(connect(place)).rejects.toMatchObject({
    kind: 'noNamespace',
    message: expect.stringContaining('has no namespace "nowhere"'),
  });
});
