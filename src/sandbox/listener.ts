import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const lasting: ServerOptions = { keepAliveTimeout: 120_000, requestTimeout: 0 };

/** A loopback listener that can go away and come back on the same port; HTTPS if it has a certificate. */
export class Listener {
  /** Set before the first `open`. */
  handler: Handle = (_request, response) => response.writeHead(503).end();
  /** What it shows from the next `open` on. */
  certificate: Certificate | undefined;
  /** Handshakes that a client has broken off, such as for a certificate it does not trust. */
  refusedHandshakes = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `${this.certificate ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** The first call takes a free port, later ones take it again. */
  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const handle: Handle = (request, response) => this.handler(request, response);
    const server = this.certificate
      ? createTlsServer({ ...lasting, ...this.certificate }, handle)
      : createServer(lasting, handle);
    this.#server = server;
    server.on('connection', (socket) => this.#track(socket));
    server.on('tlsClientError', () => {
      this.refusedHandshakes += 1;
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
