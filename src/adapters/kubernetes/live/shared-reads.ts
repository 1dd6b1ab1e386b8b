import type { Cluster, ClusterIdentity, ListQuery, ServedType } from '../../../ports/cluster.ts';
import type { KubeObject } from '../../../schema/json.ts';
import type { ObjectRef } from '../../../schema/object-ref.ts';
import { type Held, type Hold, hold } from './held.ts';
import { jittered, type Pace, pause } from './pace.ts';
import { ServerClock } from './server-clock.ts';
import { type Listed, WatchedList } from './watched-list.ts';

/** Milliseconds of the cluster's budget that each list in the background takes: together at most half of the usual. */
const share = 40;

/** What all views of one cluster look at: each list, object and identity is kept current once, however many use it. */
export class SharedReads {
  readonly #cluster: Cluster;
  readonly #pace: Pace;
  readonly #held = new Map<string, Held<unknown>>();
  readonly #clock = new ServerClock();
  readonly #lists = new Set<WatchedList>();
  #isLost = false;
  #discovered = Number.NEGATIVE_INFINITY;

  constructor(cluster: Cluster, pace: Pace) {
    this.#cluster = cluster;
    this.#pace = pace;
  }

  /** Milliseconds by the cluster's clock, as far as `identity` is kept. */
  now(): number {
    return this.#clock.at(performance.now());
  }

  identity(): Held<ClusterIdentity> {
    return this.#keep('identity', (hold) => this.#poll(hold, () => this.#identify(), this.#pace.identity));
  }

  async #identify(): Promise<ClusterIdentity> {
    try {
      const identity = await this.#cluster.identity();
      this.#clock.note(Date.parse(identity.serverTime), performance.now());
      if (this.#isLost) for (const list of this.#lists) list.startOver();
      this.#isLost = false;
      return identity;
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  /** Looks are many, and each may miss a kind: the server is asked no more often than for what cannot be watched. */
  discover(freshness: 'cached' | 'refresh'): Promise<readonly ServedType[]> {
    const now = performance.now();
    if (freshness === 'cached' || now - this.#discovered < this.#pace.poll) return this.#cluster.discover();
    this.#discovered = now;
    return this.#cluster.discover('refresh');
  }

  /** Of a Secret no more is kept in memory than was asked for; of other kinds one list serves every selector. */
  list({ type, namespace, selector }: ListQuery): Held<Listed> {
    const query: ListQuery = {
      type,
      ...(namespace === undefined ? {} : { namespace }),
      ...(type.kind === 'Secret' && selector !== undefined ? { selector } : {}),
    };
    const key = ['list', type.apiVersion, type.kind, namespace, query.selector].join('\n');
    const source = { cluster: this.#cluster, query, pace: () => this.#shared() };
    return this.#keep(key, (hold) => this.#watch(new WatchedList(source, hold)));
  }

  async #watch(list: WatchedList): Promise<void> {
    this.#lists.add(list);
    await list.keep();
    this.#lists.delete(list);
  }

  object(ref: ObjectRef): Held<KubeObject | undefined> {
    const key = ['object', ref.apiVersion, ref.kind, ref.namespace, ref.name].join('\n');
    return this.#keep(key, (hold) => this.#poll(hold, () => this.#cluster.get(ref), this.#pace.poll));
  }

  end(): void {
    for (const held of [...this.#held.values()]) held.end();
  }

  #keep<T>(key: string, keep: (hold: Hold<T>) => Promise<void>): Held<T> {
    const known = this.#held.get(key) as Held<T> | undefined;
    if (known) return known;
    const held = hold(keep, { linger: this.#pace.linger, onEnd: () => this.#held.delete(key) });
    this.#held.set(key, held);
    return held;
  }

  async #poll<T>(hold: Hold<T>, read: () => Promise<T>, every: number): Promise<void> {
    while (!hold.signal.aborted) {
      await read().then(hold.set, hold.fail);
      await pause(jittered(every), hold.signal);
    }
  }

  #shared(): Pace {
    const least = this.#held.size * share;
    return { ...this.#pace, check: Math.max(this.#pace.check, least), poll: Math.max(this.#pace.poll, least) };
  }
}
