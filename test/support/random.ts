/** A source of choices that is the same for the same seed on every machine. */
export interface Random {
  /** 0 ≤ n < 1. */
  next(): number;
  chance(probability: number): boolean;
  /** 0 ≤ n < limit. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  /** So many different ones, in the list's order. */
  some<T>(list: readonly T[], count: number): T[];
}

/** Mulberry32: 32 bits of state are plenty for a few hundred choices. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[below(list.length)] as T;
  };
  const some = <T>(list: readonly T[], count: number): T[] => {
    const keys = list.map((item, index) => ({ item, index, key: next() }));
    const chosen = keys.sort((one, other) => one.key - other.key).slice(0, count);
    return chosen.sort((one, other) => one.index - other.index).map(({ item }) => item);
  };
  return { next, below, pick, some, chance: (probability) => next() < probability };
}
