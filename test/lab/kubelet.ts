import { setTimeout as delay } from 'node:timers/promises';
import { type Json, type JsonObject, numberAt, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { podLife } from '../../src/sandbox/workloads/pod-behaviour.ts';
import { podStatus } from '../../src/sandbox/workloads/pod-status.ts';
import { createLabClient, type LabClient } from './client.ts';
import { type Change, follow } from './follow.ts';
import type { Access } from './identities.ts';
import { nodeLabels, nodeName, registerNode } from './node.ts';
import { provisionVolumes } from './volumes.ts';

/** Milliseconds from a pod's start until it is ready. */
export interface Pace {
  readonly readyDelay: number;
  /** For images tagged `slow`. */
  readonly slowDelay: number;
}

export interface Kubelet {
  stop(): Promise<void>;
}

/**
 * A scheduler, a kubelet and a volume provisioner in one. Nothing runs: a pod's status follows its images' tags, as the
 * sandbox's do (`pull-error`, `crash-after-20s`, `slow-45s` …; any other is good), a pod that is not to be restarted
 * succeeds, and a pod to be deleted is gone at once. A `nodeSelector` that does not fit leaves a pod unscheduled.
 */
export async function startKubelet(access: Access, pace: Pace): Promise<Kubelet> {
  const client = createLabClient(access, 'kubelet');
  const stopping = new AbortController();
  const { signal } = stopping;
  await registerNode(client);
  const pods = new Pods(client, pace, signal);
  const loops = [
    follow(client, '/api/v1/pods', { signal, show: (change) => pods.show(change) }),
    provisionVolumes(client, signal),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      await client.close();
    },
  };
}

class Pods {
  readonly #client: LabClient;
  readonly #pace: Pace;
  readonly #stopping: AbortSignal;
  /** By uid: a pod's life, ended by its deletion. */
  readonly #lives = new Map<string, AbortController>();
  #addresses = 0;

  constructor(client: LabClient, pace: Pace, stopping: AbortSignal) {
    this.#client = client;
    this.#pace = pace;
    this.#stopping = stopping;
  }

  show({ type, object: pod }: Change): void {
    const uid = textAt(pod, 'metadata', 'uid') ?? '';
    const isDoomed = textAt(pod, 'metadata', 'deletionTimestamp') !== undefined;
    if (type === 'gone' || isDoomed) this.#lives.get(uid)?.abort();
    if (type === 'gone') this.#lives.delete(uid);
    else if (isDoomed) void this.#finish(pod);
    else if (textAt(pod, 'spec', 'nodeName') === undefined) void this.#schedule(pod);
    else if (!this.#lives.has(uid) && !isOver(pod)) void this.#live(pod, uid);
  }

  async #schedule(pod: JsonObject): Promise<void> {
    if (objectsAt(pod, 'spec', 'schedulingGates').length > 0) return;
    if (!fits(pod)) return this.#report(pod, unschedulable(pod));
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
    const { name, uid } = objectAt(pod, 'metadata');
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, uid }, target };
    await this.#send('POST', `${pathOf(pod)}/binding`, binding);
  }

  async #live(pod: JsonObject, uid: string): Promise<void> {
    const ending = new AbortController();
    this.#lives.set(uid, ending);
    const signal = AbortSignal.any([ending.signal, this.#stopping]);
    this.#addresses += 1;
    const placement = { podIP: addressOf(this.#addresses), startTime: stamp() };
    let shown = pod;
    for (const step of podLife(pod, { ...this.#pace, stamp })) {
      if (!(await waited(step.after, signal))) return;
      shown = { ...shown, status: podStatus(shown, step, { ...placement, now: stamp() }) };
      await this.#report(shown, objectAt(shown, 'status'));
    }
  }

  /** As kubelets do: a pod with an end of its own gets a final phase, which the Job controller waits for. */
  async #finish(pod: JsonObject): Promise<void> {
    if (textAt(pod, 'spec', 'restartPolicy') !== 'Always' && !isOver(pod)) await this.#report(pod, { phase: 'Failed' });
    if (numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') === 0) return;
    const preconditions = { uid: objectAt(pod, 'metadata').uid };
    await this.#send('DELETE', pathOf(pod), { gracePeriodSeconds: 0, preconditions });
  }

  /** The uid keeps a late report away from a new pod of the same name. */
  async #report(pod: JsonObject, status: JsonObject): Promise<void> {
    const { uid } = objectAt(pod, 'metadata');
    await this.#send('PATCH', `${pathOf(pod)}/status`, { metadata: { uid }, status });
  }

  /** Whatever the answer is: a pod that has changed or gone in between is seen by the watch. */
  async #send(method: string, path: string, body: Json): Promise<void> {
    await this.#client.request(method, path, body).catch(() => undefined);
  }
}

function fits(pod: JsonObject): boolean {
  const wanted = Object.entries(objectAt(pod, 'spec', 'nodeSelector'));
  return wanted.every(([key, value]) => nodeLabels[key] === value);
}

function unschedulable(pod: JsonObject): JsonObject {
  const known = objectsAt(pod, 'status', 'conditions').some(({ reason }) => reason === 'Unschedulable');
  if (known) return {};
  const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return { conditions: [{ ...condition, lastTransitionTime: stamp() }] };
}

function isOver(pod: JsonObject): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');
}

function pathOf(pod: JsonObject): string {
  const { namespace, name } = objectAt(pod, 'metadata');
  return `/api/v1/namespaces/${String(namespace)}/pods/${String(name)}`;
}

function addressOf(count: number): string {
  return `10.${1 + ((count >> 16) & 63)}.${(count >> 8) & 255}.${count & 255}`;
}

function stamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** False when cut short. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return delay(milliseconds, true, { signal }).catch(() => false);
}
