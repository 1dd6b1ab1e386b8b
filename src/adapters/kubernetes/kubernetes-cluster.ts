import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Cluster } from '../../ports/cluster.ts';
import { createApiClient } from './api-client.ts';
import type { ClusterConnection } from './connection.ts';
import { createDiscovery } from './discovery.ts';
import { evictPod } from './eviction.ts';
import { readIdentity } from './identity.ts';
import { readLogTail } from './pod-log.ts';
import { askAccess, askWhoIAm, getObject, listCensus, listObjects } from './reads.ts';
import { createRequestBudget } from './request-budget.ts';
import { watchObjects } from './watches.ts';
import { createObject, putOwnershipBack, removeObject, replaceObject } from './writes.ts';

export interface KubernetesClusterOptions {
  readonly name: string;
  readonly connection: ClusterConnection;
  /** Requests per second over time; default 50. */
  readonly qps?: number;
  /** Requests at once before `qps` holds; default 100. */
  readonly burst?: number;
  /** Requests in flight at the same time; default 8. */
  readonly parallelism?: number;
  /** Milliseconds for one write, told to the server too; default 2000. */
  readonly requestTimeout?: number;
  /** Milliseconds for one read of one object; default 5000. */
  readonly readTimeout?: number;
  /** Milliseconds for one page of a list; default 30000. */
  readonly listTimeout?: number;
  /** Monotonic clock, the one `sendBefore` is told in; default `performance.now`. */
  readonly now?: () => number;
  readonly pause?: (milliseconds: number) => Promise<void>;
}

/** One API server over its own connections. `close` lets requests in flight end, and ends watches. */
export function createKubernetesCluster(settings: KubernetesClusterOptions): Cluster & { close(): Promise<void> } {
  const { now, requestTimeout, listTimeout, client } = startClient(settings);
  const discovery = createDiscovery(client, now);
  const reading = { client, discovery, listTimeout };
  const writing = { client, discovery, writeTimeout: requestTimeout };
  return {
    name: settings.name,
    identity: () => readIdentity(client, settings.connection.workspace),
    discover: (freshness) => discovery.preferred(freshness),
    list: (query) => listObjects(reading, query),
    watch: (query, from, signal) => watchObjects(client, { query, from, signal }),
    listMetadata: (query) => listCensus(reading, query),
    get: (ref) => getObject(reading, ref),
    replace: (object, fence, options) => replaceObject(writing, { object, fence, options }),
    create: (object, options) => createObject(writing, object, options),
    remove: (ref, fence, options) => removeObject(writing, { ref, fence, options }),
    putOwnership: (ref, managedFields, fence, options) =>
      putOwnershipBack(writing, { ref, managedFields, fence, options }),
    evict: (pod, uid, options) => evictPod(writing, { pod, uid, options }),
    logTail: (pod, container, lines) => readLogTail(reading, { pod, container, lines }),
    whoAmI: () => askWhoIAm(reading),
    mayI: (verb, ref, asked) => askAccess(reading, { verb, ref, ...asked }),
    close: () => client.close(),
  };
}

function startClient(settings: KubernetesClusterOptions) {
  const { now = () => performance.now(), pause = (milliseconds) => pauseFor(milliseconds) } = settings;
  const { qps = 50, burst = 100, parallelism = 8 } = settings;
  const { requestTimeout = 2_000, readTimeout = 5_000, listTimeout = 30_000, name, connection } = settings;
  const budget = createRequestBudget({ qps, burst, parallelism, now, pause });
  const timeouts = { writeTimeout: requestTimeout, readTimeout };
  const client = createApiClient({ name, connection, budget, parallelism, now, pause, ...timeouts });
  return { now, requestTimeout, listTimeout, client };
}
