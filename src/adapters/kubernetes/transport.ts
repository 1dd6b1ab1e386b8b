import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { AnswerReader, type RawAnswer, TransportFailure } from './answer-reader.ts';
import type { ClusterConnection, Credentials } from './connection.ts';

/** Idle connections are closed by us before common proxies (50–60 s) close them under a request. */
const KEEP_ALIVE = 15_000;

export interface RawRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Below the server's own path, with query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body?: string;
  /** Milliseconds for the whole exchange; then the socket is destroyed. */
  readonly timeout: number;
  readonly maySend: () => boolean;
}

/** An answer that goes on for as long as the server likes; reading its body may throw whatever undici throws. */
export interface RawStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /** Sends at most once. Throws `TransportFailure` and nothing else. */
  send(request: RawRequest, credentials: Credentials): Promise<RawAnswer>;
  /** As `send`, over connections that no other request waits for; `timeout` is for its headers. */
  stream(request: RawRequest, credentials: Credentials, signal: AbortSignal): Promise<RawStream>;
  /** Lets requests in flight end. */
  close(): Promise<void>;
}

export function createTransport(connection: ClusterConnection, parallelism: number): Transport {
  const base = new URL(connection.server);
  const basePath = base.pathname.replace(/\/+$/, '');
  const pools = createPools(connection, base.origin, parallelism);
  const streams = createPools(connection, base.origin, null);
  const placed = (request: RawRequest) => ({ ...request, path: basePath + request.path });
  return {
    async send(request, credentials) {
      return exchange(pools.current(credentials), placed(request), credentials);
    },
    async stream(request, credentials, signal) {
      return openStream(streams.current(credentials), { request: placed(request), credentials, signal });
    },
    close: async () => {
      await Promise.all([pools.close(), streams.destroy()]);
    },
  };
}

interface StreamAsk {
  readonly request: RawRequest;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
}

async function openStream(pool: Pool, { request, credentials, signal }: StreamAsk): Promise<RawStream> {
  const options = { ...dispatchOptions(request, credentials), headersTimeout: request.timeout, signal };
  try {
    const { statusCode, headers, body } = await pool.request(options);
    return { status: statusCode, headers, body };
  } catch (error) {
    throw streamFailure(error);
  }
}

/** What undici throws before or amid a stream. */
export function streamFailure(error: unknown): TransportFailure {
  const { code, name } = error as { readonly code?: unknown; readonly name: string };
  return new TransportFailure(true, typeof code === 'string' ? code : name);
}

function exchange(pool: Pool, request: RawRequest, credentials: Credentials): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader({ resolve, reject, timeout: request.timeout, maySend: request.maySend });
    try {
      pool.dispatch(dispatchOptions(request, credentials), reader);
    } catch (error) {
      reader.onResponseError(undefined, error as Error);
    }
  });
}

function dispatchOptions(request: RawRequest, credentials: Credentials): Dispatcher.DispatchOptions {
  const { method, path, body } = request;
  const headers = { ...request.headers, ...credentials.headers };
  // The reader's own timer covers connecting, headers and body together.
  return { method, path, headers, headersTimeout: 0, bodyTimeout: 0, ...(body === undefined ? {} : { body }) };
}

interface Pools {
  current(credentials: Credentials): Pool;
  close(): Promise<void>;
  /** Cuts what is under way. */
  destroy(): Promise<void>;
}

/** One pool, replaced when the client certificate is renewed: it belongs to the connection, not to a request. */
function createPools(connection: ClusterConnection, origin: string, parallelism: number | null): Pools {
  let pool: Pool | undefined;
  let identity = '';
  let closed = false;
  const last = () => {
    closed = true;
    const open = pool;
    pool = undefined;
    return open;
  };
  return {
    current(credentials) {
      if (closed) throw new TransportFailure(false, 'CLOSED');
      const wanted = `${credentials.cert ?? ''}\n${credentials.key ?? ''}`;
      if (pool && wanted === identity) return pool;
      void pool?.close();
      identity = wanted;
      pool = new Pool(origin, poolOptions(connection, credentials, parallelism));
      return pool;
    },
    async close() {
      await last()?.close();
    },
    async destroy() {
      await last()?.destroy();
    },
  };
}

function poolOptions(
  connection: ClusterConnection,
  { cert, key }: Credentials,
  parallelism: number | null,
): Pool.Options {
  const { ca, serverName } = connection;
  return {
    connections: parallelism,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE,
    connect: {
      // Stated, because NODE_TLS_REJECT_UNAUTHORIZED=0 would switch checking off otherwise.
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
  };
}
