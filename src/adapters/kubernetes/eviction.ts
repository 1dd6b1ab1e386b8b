import type { Eviction, WriteOptions } from '../../ports/cluster.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import { objectPath } from './paths.ts';
import { type WriteContext, writeRequest } from './writes.ts';

interface EvictionRequest {
  readonly pod: ObjectRef;
  readonly uid: string;
  readonly options: WriteOptions;
}

/** Another pod of the same name is answered as a conflict: then the one that was meant is gone. */
export async function evictPod(context: WriteContext, { pod, uid, options }: EvictionRequest): Promise<Eviction> {
  const path = `${objectPath(await context.discovery.resolve(pod), pod)}/eviction`;
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod.name, namespace: pod.namespace ?? '' },
    deleteOptions: { preconditions: { uid } },
  };
  const request = { ...writeRequest(context, 'evict', pod, options), method: 'POST', path, body } as const;
  try {
    const answer = await context.client.find(request, pod.name);
    return { kind: answer ? 'evicted' : 'gone' };
  } catch (error) {
    return judge(error);
  }
}

/** 429 is the budget's no, and also what a busy server says; both mean: not now. */
function judge(error: unknown): Eviction {
  if (isPortError(error) && error.kind === 'conflict') return { kind: 'gone' };
  if (isPortError(error) && error.details.status === 429) return { kind: 'budget', reason: error.message };
  throw error;
}
