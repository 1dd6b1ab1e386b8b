import type { IncomingMessage, ServerResponse } from 'node:http';
import { Access, type DenyRule, type User } from './access.ts';
import { type AuditEntry, AuditLog } from './audit.ts';
import { bootstrap } from './bootstrap.ts';
import { type RequestOptions, type SandboxResponse, sendRequest } from './client.ts';
import { type Exchange, exchange } from './exchange.ts';
import { type Fault, type FaultHandle, type FaultReport, Faults } from './faults.ts';
import { clone, type Json, type JsonObject } from './json.ts';
import { tableOf } from './kinds.ts';
import { Listener } from './listener.ts';
import { Pages } from './read.ts';
import { createState } from './state.ts';
import { Streams } from './streams.ts';
import { parseTarget } from './target.ts';
import { Timers } from './timers.ts';
import { type SimulationOptions, startSimulation } from './workloads/simulation.ts';

export interface ClusterOptions extends SimulationOptions {
  readonly name: string;
  /** How much faster than real time the simulated controllers run. */
  readonly speed: number;
  readonly eventBuffer: number;
  /** Milliseconds by which its clock is ahead of the real one. */
  readonly ahead: number;
  readonly auditFile: string | undefined;
  readonly deny: readonly DenyRule[];
}

/** One fake API server and its simulated controllers. */
export interface SandboxCluster {
  readonly name: string;
  readonly url: string;
  readonly tokens: Readonly<Record<User, string>>;
  readonly faults: {
    inject(fault: Fault): FaultHandle;
    remove(id: string): void;
    clear(): void;
    report(): FaultReport[];
  };
  /** Watches that are open now; `path`: a regular expression over path and query. */
  readonly watches: Pick<Streams, 'paths' | 'strike'>;
  /** Every request so far, in the order of arrival. */
  audit(): AuditEntry[];
  /** A copy of the stored object at an API path, or undefined; leaves no trace in the audit. */
  read(path: string): JsonObject | undefined;
  /** Copies of all stored objects of an API collection path. */
  list(path: string): JsonObject[];
  /** Sends a real HTTP request (default user: admin). A string body is sent as it is. */
  request(method: string, path: string, body?: Json | string, options?: RequestOptions): Promise<SandboxResponse>;
  /** Takes a right away; the answer gives it back. */
  deny(rule: Omit<DenyRule, 'cluster'>): () => void;
  /** Forgets past events and open lists: old watch positions and continue tokens get 410. */
  compact(): void;
  /** Stops listening and cuts all connections, until `restore`. */
  refuse(): Promise<void>;
  restore(): Promise<void>;
}

export interface RunningCluster extends SandboxCluster {
  close(): Promise<void>;
}

/** A request to `/sandbox/…` on a cluster's own port. */
export type Control = (request: IncomingMessage, response: ServerResponse, cluster: string) => Promise<void>;

export async function startCluster(options: ClusterOptions, control: Control): Promise<RunningCluster> {
  const parts = assemble(options);
  const { api, timers, listener, host } = parts;
  listener.handler = (request, response) => {
    response.setHeader('Date', api.state.now().toUTCString());
    const isControl = request.url?.startsWith('/sandbox/') === true;
    const work = isControl ? control(request, response, options.name) : exchange(host, request, response);
    work.catch((error: Error) => fail(response, error));
  };
  bootstrap(api.state);
  startSimulation(api.state, timers, options);
  await listener.open();
  return describe(parts);
}

function fail(response: ServerResponse, error: Error): void {
  if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
  console.error('sandbox: a request failed', error);
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

interface Parts {
  readonly api: Exchange['api'];
  readonly host: Exchange;
  readonly listener: Listener;
  readonly timers: Timers;
}

function assemble(options: ClusterOptions): Parts {
  const timers = new Timers(options.speed);
  const listener = new Listener();
  const rules = options.deny.filter((rule) => (rule.cluster ?? options.name) === options.name);
  const now = () => new Date(Date.now() + options.ahead);
  const state = createState(options.name, options.eventBuffer, now);
  const api = { state, access: new Access(rules), pages: new Pages() };
  const faults = new Faults(options.name);
  const log = new AuditLog(options.name, options.auditFile);
  const refuse = (ms: number | undefined) => {
    void listener.close();
    if (ms !== undefined) void timers.sleep(ms).then(() => (timers.isStopped ? undefined : listener.open()));
  };
  return { api, listener, timers, host: { api, faults, log, timers, streams: new Streams(), refuse } };
}

function describe({ api, host, listener, timers }: Parts): RunningCluster {
  const { state, access, pages } = api;
  return {
    name: state.name,
    url: listener.url,
    tokens: access.tokens,
    faults: {
      inject: (fault) => host.faults.inject(fault),
      remove: (id) => host.faults.remove(id),
      clear: () => host.faults.clear(),
      report: () => host.faults.report(),
    },
    watches: host.streams,
    audit: () => host.log.entries(),
    read: (path) => readStored(api, path),
    list: (path) => listStored(api, path),
    request: (method, path, body, options = {}) =>
      sendRequest(`${listener.url}${path}`, { method, token: access.tokens[options.user ?? 'admin'], body, options }),
    deny: (rule) => access.deny(rule),
    compact: () => {
      state.store.compact();
      pages.forget();
    },
    refuse: () => listener.close(),
    restore: () => listener.open(),
    close: async () => {
      timers.stop();
      await listener.close();
    },
  };
}

function readStored({ state }: Exchange['api'], path: string): JsonObject | undefined {
  const target = parseTarget(path);
  if (target.at !== 'resource') return undefined;
  const table = tableOf({ group: target.group, plural: target.resource });
  const object = state.store.get(table, target.namespace, target.name);
  return object === undefined ? undefined : clone(object);
}

function listStored({ state }: Exchange['api'], path: string): JsonObject[] {
  const target = parseTarget(path);
  if (target.at !== 'resource') return [];
  const table = tableOf({ group: target.group, plural: target.resource });
  return state.store.list(table, target.namespace).map((object) => clone(object));
}
