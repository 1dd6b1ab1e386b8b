import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { type ServerProcess, spawnServer } from './server-process.ts';

/** Nothing outside this machine may reach a server without any authentication. */
const loopback = '127.0.0.1';

export interface DevServerOptions {
  /** Path of the Temporal CLI, from `findTemporalCli`. */
  readonly cli: string;
  readonly namespace?: string;
  /** Name → type as the CLI spells it; see `src/schema/search-attributes.ts`. */
  readonly searchAttributes?: Readonly<Record<string, string>>;
  /** A free one unless given. */
  readonly port?: number;
  /** `on` takes `uiPort`, else a free port. Default `off`. */
  readonly ui?: 'on' | 'off';
  readonly uiPort?: number;
  /** Where runs are kept between starts; in memory unless given. */
  readonly dbFilename?: string;
  /** Appended to; a temporary file, removed by `stop`, unless given. */
  readonly logFile?: string;
  /** Milliseconds until it must answer. Default 20 000. */
  readonly limit?: number;
}

export interface DevServer {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | undefined;
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts `temporal server start-dev` on loopback and waits until namespace and search attributes are served. Ends with this process. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const scratch = options.logFile === undefined ? await mkdtemp(join(tmpdir(), 'belay-temporal-')) : undefined;
  const logFile = options.logFile ?? join(scratch ?? '', 'server.log');
  const clean = async () => {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  };
  try {
    const server = await launch(options, logFile);
    const stop = async () => {
      await server.stop();
      await clean();
    };
    return { ...server, stop };
  } catch (error) {
    await clean();
    throw error;
  }
}

class ProcessEnded extends Error {}

const mostTries = 3;

/** The server takes more ports than the ones it is given, and another process may be faster: it is started again then. */
async function launch(options: DevServerOptions, logFile: string): Promise<DevServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await launchOnce(options, logFile);
    } catch (error) {
      if (!(error instanceof ProcessEnded) || tries === mostTries) throw error;
    }
  }
}

async function launchOnce(options: DevServerOptions, logFile: string): Promise<DevServer> {
  const namespace = options.namespace ?? 'default';
  const port = options.port ?? (await freePort());
  const uiPort = options.ui === 'on' ? (options.uiPort ?? (await freePort())) : undefined;
  const server = await spawnServer(options.cli, serverArguments(options, { namespace, port, uiPort }), logFile);
  const address = `${loopback}:${port}`;
  try {
    await waitUntilServing(server, { address, namespace, options });
  } catch (error) {
    await server.stop();
    const reason = error instanceof Error ? error.message : String(error);
    const Kind = error instanceof ProcessEnded ? ProcessEnded : Error;
    throw new Kind(`The Temporal dev server did not start: ${reason}\n${await lastLines(logFile)}`);
  }
  const uiUrl = uiPort === undefined ? undefined : `http://${loopback}:${uiPort}`;
  return { address, namespace, uiUrl, pid: server.pid, ended: server.ended, stop: server.stop };
}

interface Ports {
  readonly namespace: string;
  readonly port: number;
  readonly uiPort: number | undefined;
}

function serverArguments(options: DevServerOptions, { namespace, port, uiPort }: Ports): string[] {
  const attributes = Object.entries(options.searchAttributes ?? {}).map(([name, type]) => `${name}=${type}`);
  return [
    ...['server', 'start-dev', '--ip', loopback, '--port', String(port), '--namespace', namespace],
    // The news feed is a request to the internet from the operator's browser.
    ...(uiPort === undefined
      ? ['--headless']
      : ['--ui-ip', loopback, '--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(options.dbFilename === undefined ? [] : ['--db-filename', options.dbFilename]),
    ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...['--log-level', 'warn'],
  ];
}

interface Expected {
  readonly address: string;
  readonly namespace: string;
  readonly options: DevServerOptions;
}

async function waitUntilServing(server: ServerProcess, expected: Expected): Promise<void> {
  const limit = expected.options.limit ?? 20_000;
  const deadline = performance.now() + limit;
  const gone = new AbortController();
  void server.ended.then(() => gone.abort());
  let reason = 'no answer';
  while (performance.now() < deadline) {
    if (gone.signal.aborted) throw new ProcessEnded('its process ended');
    try {
      return await checkServing(expected);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await delay(50);
  }
  throw new Error(`${reason} (waited ${limit / 1000} s)`);
}

async function checkServing({ address, namespace, options }: Expected): Promise<void> {
  await checkListening(address);
  const connection = await Connection.connect({ address, connectTimeout: '1s' });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.keys(options.searchAttributes ?? {}).filter(
      (name) => customAttributes?.[name] === undefined,
    );
    if (missing.length > 0) throw new Error(`search attributes not registered yet: ${missing.join(', ')}`);
  } finally {
    await connection.close();
  }
}

/** gRPC waits a whole second after a refused connection; a plain socket does not. */
async function checkListening(address: string): Promise<void> {
  const socket = connect(Number(address.split(':')[1]), loopback);
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** Free when asked; the server fails visibly in the rare case that somebody else takes it before it does. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, loopback, resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback');
  return address.port;
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-10).join('\n');
}
