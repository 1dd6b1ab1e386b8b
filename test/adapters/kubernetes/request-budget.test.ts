import { describe, expect, it } from 'vitest';
import { createRequestBudget } from '../../../src/adapters/kubernetes/request-budget.ts';

function startBudget(limits: { qps: number; burst: number; parallelism: number }) {
  const clock = { time: 0, pauses: [] as number[] };
  const pause = async (milliseconds: number) => void clock.pauses.push(milliseconds);
  return { clock, budget: createRequestBudget({ ...limits, now: () => clock.time, pause }) };
}

describe('a request budget', () => {
  it('lets a burst pass at once and spaces what follows', async () => {
    const { clock, budget } = startBudget({ qps: 10, burst: 3, parallelism: 100 });
    await Promise.all(Array.from({ length: 6 }, () => budget.run(async () => {})));
    expect(clock.pauses).toEqual([100, 200, 300]);
  });

  it('refills with time, to one burst at most', async () => {
    const { clock, budget } = startBudget({ qps: 10, burst: 2, parallelism: 100 });
    await Promise.all([1, 2].map(() => budget.run(async () => {})));
    clock.time = 60_000;
    await Promise.all([1, 2, 3].map(() => budget.run(async () => {})));
    expect(clock.pauses).toEqual([100]);
  });

  it('holds back what exceeds its parallelism, in order of arrival', async () => {
    const { budget } = startBudget({ qps: 1_000, burst: 1_000, parallelism: 2 });
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = async (id: number) => {
      running += 1;
      most = Math.max(most, running);
      order.push(id);
      await new Promise(setImmediate);
      running -= 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map((id) => budget.run(() => work(id))));
    expect(most).toBe(2);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('frees its place when the work fails', async () => {
    const { budget } = startBudget({ qps: 10, burst: 10, parallelism: 1 });
    await expect(budget.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await budget.run(async () => 'next')).toBe('next');
  });
});
