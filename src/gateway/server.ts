import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Gateway } from './app.ts';
import type { GatewaySettings } from './settings.ts';

/** Milliseconds. */
const usualLimits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
const mostConnections = 1000;
/** Temporal is given some seconds to answer; nothing takes longer. */
const longestGoodbye = 20_000;

export interface GatewayServer {
  readonly url: string;
  /** Takes nothing new, and ends when what is under way is answered. */
  stop(): Promise<void>;
}

/** Listens; throws when it cannot. */
export async function startServer(
  gateway: Gateway,
  { listen, tls }: Pick<GatewaySettings, 'listen' | 'tls'>,
  limits: Partial<typeof usualLimits> = {},
): Promise<GatewayServer> {
  const listener = getRequestListener((request) => gateway.fetch(request));
  const answer = (...[incoming, outgoing]: Parameters<typeof listener>) => void listener(incoming, outgoing);
  const options = { ...usualLimits, ...limits, maxHeaderSize: 16_384 };
  const server = tls === null ? createServer(options, answer) : createTlsServer({ ...options, ...tls }, answer);
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `${tls === null ? 'http' : 'https'}://${host}:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // A connection that was busy is idle as soon as its request is answered.
      const tidy = setInterval(() => server.closeIdleConnections(), 50);
      const impatient = setTimeout(() => server.closeAllConnections(), longestGoodbye);
      await closed;
      clearInterval(tidy);
      clearTimeout(impatient);
    },
  };
}
