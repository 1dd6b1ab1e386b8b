import type { Cluster, ListQuery } from '../../../ports/cluster.ts';
import { isPortError } from '../../../ports/port-error.ts';
import type { KubeObject } from '../../../schema/json.ts';
import type { Hold } from './held.ts';
import { createKnownObjects } from './known-objects.ts';
import { createBackOff, jittered, type Pace, pause } from './pace.ts';

export interface Listed {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Why it is listed again and again, if it is. */
  readonly unwatched: string | null;
}

export interface ListSource {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly query: ListQuery;
  readonly pace: () => Pace;
}

/**
 * A list that a watch keeps current: list, then watch from its version on, and go on from the last version heard when
 * the server ends the watch. After every error it is listed again, with growing pauses. From time to time a list checks
 * a silent watch: one that has missed something is given up. What may not be watched is listed again and again.
 */
export class WatchedList {
  readonly #source: ListSource;
  readonly #hold: Hold<Listed>;
  readonly #objects = createKnownObjects();
  readonly #backOff: ReturnType<typeof createBackOff>;
  /** Where a watch goes on; `null`: with a list. */
  #version: string | null = null;
  #events = 0;
  #told: readonly KubeObject[] | null = null;
  #watching: AbortController | null = null;
  #denied: { readonly why: string; readonly until: number } | null = null;

  constructor(source: ListSource, hold: Hold<Listed>) {
    this.#source = source;
    this.#hold = hold;
    this.#backOff = createBackOff(source.pace());
  }

  async keep(): Promise<void> {
    const { signal } = this.#hold;
    while (!signal.aborted) await pause(await this.#round(), signal);
  }

  /** Who was out of reach may have lost our watch without telling. */
  startOver(): void {
    this.#watching?.abort();
  }

  /** Answers how long to wait for the next. */
  async #round(): Promise<number> {
    const { firstPause, poll } = this.#source.pace();
    const isListed = this.#version !== null || (await this.#list());
    if (!isListed) return this.#backOff.next();
    if (this.#mayNotWatch()) return this.#again(poll);
    return (await this.#watch()) === 'ended' ? jittered(firstPause / 4) : this.#again(this.#backOff.next());
  }

  #again(wait: number): number {
    this.#version = null;
    return wait;
  }

  async #list(): Promise<boolean> {
    try {
      this.#take(await this.#source.cluster.list(this.#source.query));
      return true;
    } catch (error) {
      this.#told = null;
      this.#hold.fail(error);
      return false;
    }
  }

  #take({ objects, resourceVersion }: Pick<Listed, 'objects' | 'resourceVersion'>): void {
    this.#objects.replace(objects);
    this.#version = resourceVersion;
    this.#tell();
  }

  #tell(): void {
    const objects = this.#objects.all();
    if (objects === this.#told) return;
    this.#told = objects;
    this.#hold.set({ objects, resourceVersion: this.#version ?? '', unwatched: this.#denied?.why ?? null });
  }

  #mayNotWatch(): boolean {
    const { type } = this.#source.query;
    if (!type.verbs.includes('watch')) return true;
    if (this.#denied && performance.now() >= this.#denied.until) this.#denied = null;
    return this.#denied !== null;
  }

  /** `ended`: by the server, after a while; it goes on from where it was. */
  async #watch(): Promise<'ended' | 'broken'> {
    const watch = new AbortController();
    this.#watching = watch;
    const stop = () => watch.abort();
    this.#hold.signal.addEventListener('abort', stop);
    const checks = this.#checkNowAndThen(watch);
    const began = performance.now();
    try {
      await this.#follow(watch.signal);
      return !watch.signal.aborted && this.#isSettled(began) ? 'ended' : 'broken';
    } catch (error) {
      this.#noteDenial(error);
      return 'broken';
    } finally {
      clearInterval(checks);
      this.#hold.signal.removeEventListener('abort', stop);
      if (this.#isSettled(began)) this.#backOff.reset();
    }
  }

  #isSettled(began: number): boolean {
    return performance.now() - began >= this.#source.pace().settled;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { cluster, query } = this.#source;
    for await (const event of cluster.watch(query, this.#version ?? '', signal)) {
      this.#events += 1;
      this.#backOff.reset();
      if (event.kind === 'bookmark') this.#version = event.resourceVersion;
      else {
        this.#objects.apply(event);
        this.#version = String(event.object.metadata.resourceVersion);
        this.#tell();
      }
    }
  }

  #noteDenial(error: unknown): void {
    if (!isPortError(error) || error.kind !== 'denied') return;
    this.#denied = { why: error.message, until: performance.now() + this.#source.pace().denied };
    this.#told = null;
    this.#tell();
  }

  #checkNowAndThen(watch: AbortController): NodeJS.Timeout {
    return setInterval(() => void this.#check(watch), jittered(this.#source.pace().check)).unref();
  }

  /** A watch that told anything while the list was read is alive; another one should have told what is in the list. */
  async #check(watch: AbortController): Promise<void> {
    const { cluster, query } = this.#source;
    const heard = this.#events;
    const listed = await cluster.list(query).catch(() => undefined);
    if (!listed || watch.signal.aborted || heard !== this.#events) return;
    if (!this.#objects.replace(listed.objects)) return;
    this.#take(listed);
    watch.abort();
  }
}
