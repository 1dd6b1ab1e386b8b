import { setTimeout as delay } from 'node:timers/promises';
import { type JsonObject, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import type { LabClient } from './client.ts';

export interface Change {
  readonly type: 'present' | 'gone';
  readonly object: JsonObject;
}

interface Follower {
  readonly signal: AbortSignal;
  readonly show: (change: Change) => void;
}

/** Shows every object of a collection as it is and as it changes, until `signal` aborts. */
export async function follow(client: LabClient, path: string, follower: Follower): Promise<void> {
  const { signal } = follower;
  while (!signal.aborted) {
    // The server is away for a moment, or we are being stopped.
    await listAndWatch(client, path, follower).catch(() => delay(100, undefined, { signal }).catch(() => undefined));
  }
}

/** Returns when the server ends the watch, to start over from a list. */
async function listAndWatch(client: LabClient, path: string, { signal, show }: Follower): Promise<void> {
  const list = await client.get(path);
  for (const object of objectsAt(list, 'items')) show({ type: 'present', object });
  const from = textAt(list, 'metadata', 'resourceVersion') ?? '';
  for await (const event of client.watch(`${path}?watch=true&resourceVersion=${from}`, signal)) {
    if (event.type === 'ERROR') return;
    show({ type: event.type === 'DELETED' ? 'gone' : 'present', object: objectAt(event, 'object') });
  }
}
