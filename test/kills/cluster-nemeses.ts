import { setTimeout as delay } from 'node:timers/promises';
import type { Front } from './ground.ts';
import type { Nemesis } from './nemeses.ts';

export const clusterNemeses: readonly Nemesis[] = [
  {
    name: 'a request that arrives when all is over',
    of: 'cluster',
    holds: true,
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
    strike: async ({ ground }) => {
      await ground.fronts.us.refuse();
      void delay(3000).then(() => ground.fronts.us.restore());
    },
    outcomes: ['restored', 'refused'],
  },
  {
    name: 'one cluster that comes and goes',
    of: 'cluster',
    when: 'before',
    strike: async ({ ground }) => {
      await ground.fronts.us.refuse();
      void comeAndGo(ground.fronts.us);
    },
    outcomes: ['restored', 'reverted', 'refused'],
  },
  ...clusterTrouble(),
];

async function comeAndGo(front: Front): Promise<void> {
  for (let time = 0; time < 5; time++) {
    await delay(400);
    await front.restore();
    await delay(400);
    if (time < 4) await front.refuse();
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
    strike: async ({ ground }) => {
      const fault = ground.fronts.us.inject({ effect });
      void delay(3000).then(() => fault.remove());
    },
    outcomes: ['restored', 'reverted', 'refused'],
  }));
}

/** Between engines and real API servers. */
export const certificateNemesis: Nemesis = {
  name: 'one cluster that shows the certificate of another for a while',
  of: 'certificate',
  when: 'before',
  strike: async ({ ground }) => {
    await ground.fronts.us.changeCertificate?.();
    void delay(3000).then(() => ground.fronts.us.restore());
  },
  reached: ({ ground }) => (ground.fronts.us.turnedAway?.() ?? 0) > 0,
  outcomes: ['restored', 'reverted', 'refused'],
};
