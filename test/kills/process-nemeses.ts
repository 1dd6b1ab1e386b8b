import type { Lane } from './lane.ts';
import type { Nemesis } from './nemeses.ts';

async function replaceWorker(lane: Lane): Promise<void> {
  const { worker } = lane;
  await worker.kill();
  lane.startWorker();
}

/** Before the first write nobody waits for ever for the tasks that are given to a worker which stands still. */
const ofStopped = ['restored', 'refused'];

/** The stopped one wakes up when all is decided, with whatever it had in hand. */
function freezeWorker(lane: Lane, ended: Promise<unknown>): void {
  const { worker } = lane;
  worker.freeze();
  lane.startWorker();
  void ended.then(() => worker.thaw());
}

/** And back to the right time when all is decided. */
function jumpingClock(where: string, ahead: number, outcomes: readonly string[]): Nemesis {
  return {
    name: `worker whose clock jumps an hour ${where}`,
    of: 'clock',
    when: 'before',
    strike: async ({ worker }, ended) => {
      await worker.setClock(ahead);
      void ended.then(() => worker.setClock(0));
    },
    outcomes,
  };
}

const hour = 3_600_000;

export const processNemeses: readonly Nemesis[] = [
  {
    name: 'worker killed, its request done and the answer lost',
    of: 'worker',
    when: 'after',
    strike: replaceWorker,
    outcomes: ['restored'],
  },
  {
    name: 'worker killed, its request done when all is over',
    of: 'worker',
    holds: true,
    when: 'before',
    strike: async (lane, ended) => {
      await replaceWorker(lane);
      await ended;
    },
    outcomes: ['restored'],
  },
  {
    name: 'worker stopped with an answer on its way, and awake when all is over',
    of: 'worker',
    takesLong: true,
    when: 'after',
    strike: async (lane, ended) => freezeWorker(lane, ended),
    outcomes: ofStopped,
  },
  {
    name: 'worker stopped with a request on its way, and both going on when all is over',
    of: 'worker',
    holds: true,
    takesLong: true,
    when: 'before',
    strike: async (lane, ended) => {
      freezeWorker(lane, ended);
      await ended;
    },
    outcomes: ofStopped,
  },
  // It takes every attempt for one that came too late, and sends no write.
  jumpingClock('ahead', hour, ['restored', 'reverted', 'refused']),
  jumpingClock('back', -hour, ['restored']),
  {
    name: 'Temporal killed, and started again on its file',
    of: 'temporal',
    when: 'after',
    strike: async ({ temporal }) => {
      await temporal.kill();
      void temporal.startAgain();
    },
    outcomes: ['restored'],
  },
  {
    name: 'Temporal and worker killed, and both started again',
    of: 'temporal',
    when: 'before',
    strike: async (lane) => {
      await Promise.all([lane.temporal.kill(), lane.worker.kill()]);
      void lane.temporal.startAgain().then(() => lane.startWorker());
    },
    outcomes: ['restored'],
  },
];
