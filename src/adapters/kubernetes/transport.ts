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

export interface Transport {
  /** Sends at most once. Throws `TransportFailure` and nothing else. */
  send(request: RawRequest, credentials: Credentials): Promise<RawAnswer>;
  /** Lets requests in flight end. */
  close(): Promise<void>;
}

export function createTransport(connection: ClusterConnection, parallelism: number): Transport {
  const base = new URL(connection.server);
  const basePath = base.pathname.replace(/\/+$/, '');
  const pools = createPools(connection, base.origin, parallelism);
  return {
    async send(request, credentials) {
      return exchange(pools.current(credentials), { ...request, path: basePath + request.path }, credentials);
    },
    close: () => pools.close(),
  };
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
}

/** One pool, replaced when the client certificate is renewed: it belongs to the connection, not to a request. */
function createPools(connection: ClusterConnection, origin: string, parallelism: number): Pools {
  let pool: Pool | undefined;
  let identity = '';
  let closed = false;
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
      closed = true;
      await pool?.close();
    },
  };
}

function poolOptions(connection: ClusterConnection, { cert, key }: Credentials, parallelism: number): Pool.Options {
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
