import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SandboxCluster } from '../../src/sandbox/index.ts';
import { clusterNames } from '../support/engine.ts';
import type { Lane } from './lane.ts';
import type { Moment } from './trigger.ts';

/** Something that goes wrong at one moment of a run, and what ends it. */
export interface Nemesis {
  readonly name: string;
  readonly of: 'worker' | 'cluster' | 'store';
  /** A worker that stands still is sent tasks for another minute: half as many of these. */
  readonly takesLong?: boolean;
  readonly when: Moment['when'];
  /** Begins it; the request at which it strikes goes on when this has returned. `ended` resolves when the run has its outcome. */
  strike(lane: Lane, ended: Promise<unknown>): Promise<void>;
  /** How the run may end when the deploy was let through; one that still waits for a person is not among them. */
  readonly outcomes: readonly string[];
}

const [, us] = clusterNames;

/** Nothing happens. */
export const noNemesis: Nemesis = {
  name: 'none',
  of: 'worker',
  when: 'after',
  strike: async () => undefined,
  outcomes: ['restored'],
};

async function replaceWorker(lane: Lane): Promise<void> {
  const { worker } = lane;
  await worker.kill();
  lane.startWorker();
}

/** The stopped one wakes up when all is decided, with whatever it had in hand. */
function freezeWorker(lane: Lane, ended: Promise<unknown>): void {
  const { worker } = lane;
  worker.freeze();
  lane.startWorker();
  void ended.then(() => worker.thaw());
}

export const nemeses: readonly Nemesis[] = [
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
    outcomes: ['restored'],
  },
  {
    name: 'worker stopped with a request on its way, and both going on when all is over',
    of: 'worker',
    takesLong: true,
    when: 'before',
    strike: async (lane, ended) => {
      freezeWorker(lane, ended);
      await ended;
    },
    outcomes: ['restored'],
  },
  {
    name: 'a request that arrives when all is over',
    of: 'cluster',
    when: 'before',
    strike: async (_lane, ended) => {
      await ended;
    },
    outcomes: ['restored', 'reverted', 'refused'],
  },
  {
    name: 'one cluster that refuses connections for a while',
    of: 'cluster',
    when: 'before',
    strike: async ({ sandbox }) => {
      await sandbox.cluster(us).refuse();
      void delay(3000).then(() => sandbox.cluster(us).restore());
    },
    outcomes: ['restored', 'refused'],
  },
  {
    name: 'one cluster that comes and goes',
    of: 'cluster',
    when: 'before',
    strike: async ({ sandbox }) => {
      await sandbox.cluster(us).refuse();
      void comeAndGo(sandbox.cluster(us));
    },
    outcomes: ['restored', 'reverted', 'refused'],
  },
  ...clusterTrouble(),
  {
    name: 'a store that is away for a while',
    of: 'store',
    when: 'before',
    strike: async ({ folder }) => {
      const [store, away] = [join(folder, 'store'), join(folder, 'store-away')];
      await rename(store, away);
      void delay(3000).then(() => rename(away, store));
    },
    outcomes: ['restored'],
  },
];

async function comeAndGo(cluster: SandboxCluster): Promise<void> {
  for (let time = 0; time < 5; time++) {
    await delay(400);
    await cluster.restore();
    await delay(400);
    if (time < 4) await cluster.refuse();
  }
}

/** Answers that one cluster gives to everybody for a while. */
function clusterTrouble(): Nemesis[] {
  const troubles = [
    ['that takes requests and never answers', { kind: 'blackHole' }],
    ['that does what it is asked and never answers', { kind: 'doThenBlackHole' }],
    ['that drops every connection', { kind: 'drop' }],
    ['that does what it is asked and drops the connection', { kind: 'doThenDrop' }],
    ['that is slow', { kind: 'delay', ms: 1500 }],
    ['with too many requests', { kind: 'respond', status: 429, retryAfter: 1 }],
    ['that is not ready', { kind: 'respond', status: 503 }],
    ['with internal errors', { kind: 'respond', status: 500 }],
    ['that does what it is asked and reports an error', { kind: 'doThenRespond', status: 500 }],
    ['that does not know the engine', { kind: 'respond', status: 401 }],
    ['that forbids the engine everything', { kind: 'respond', status: 403 }],
  ] as const;
  return troubles.map(([name, effect]) => ({
    name: `one cluster ${name} for a while`,
    of: 'cluster',
    when: 'before',
    strike: async ({ sandbox }) => {
      const fault = sandbox.cluster(us).faults.inject({ match: { user: 'engine' }, effect });
      void delay(3000).then(() => fault.remove());
    },
    outcomes: ['restored', 'reverted', 'refused'],
  }));
}
