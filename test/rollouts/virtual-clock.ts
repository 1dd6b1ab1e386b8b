import type { Clock } from '../../src/sandbox/timers.ts';

interface Due {
  readonly at: number;
  readonly action: () => void;
  isOff: boolean;
}

/** Time that passes only when somebody says so. Milliseconds from 0. */
export class VirtualClock implements Clock {
  #now = 0;
  /** A heap: the earliest first, and of those the one asked for first. */
  readonly #dues: (Due & { readonly order: number })[] = [];
  #orders = 0;

  now(): number {
    return this.#now;
  }

  start(ms: number, action: () => void): () => void {
    const due = { at: this.#now + Math.max(0, ms), action, isOff: false, order: this.#orders++ };
    this.#push(due);
    return () => {
      due.isOff = true;
    };
  }

  /** Goes to the next action and runs it, if there is one until then; otherwise goes there. */
  advance(until: number): 'ran' | 'arrived' {
    for (let next = this.#dues[0]; next !== undefined && next.at <= until; next = this.#dues[0]) {
      this.#pop();
      if (next.isOff) continue;
      this.#now = next.at;
      next.action();
      return 'ran';
    }
    this.#now = until;
    return 'arrived';
  }

  #push(due: Due & { readonly order: number }): void {
    const heap = this.#dues;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(due, heap[parent])) break;
      heap[place] = heap[parent] as typeof due;
      place = parent;
    }
    heap[place] = due;
  }

  #pop(): void {
    const heap = this.#dues;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      const child = isBefore(heap[right], heap[left]) ? right : left;
      if (heap[child] === undefined || !isBefore(heap[child], last)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = last;
  }
}

type Ordered = { readonly at: number; readonly order: number } | undefined;

function isBefore(one: Ordered, other: Ordered): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
