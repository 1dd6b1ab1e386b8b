import { Context } from '@temporalio/activity';

const beatEvery = 1000;

/** Heartbeats while `work` runs: a dead worker is noticed in seconds, and a cancel reaches the activity. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), beatEvery);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Waits; a cancelled activity is woken at once by an error. */
export async function rest(milliseconds: number): Promise<void> {
  await Context.current().sleep(milliseconds);
}
