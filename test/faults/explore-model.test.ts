import { describe, expect, test } from 'vitest';
import { exploreAftermath, exploreSingles } from './campaign.ts';
import { explore, pairOf, recordRun } from './explore.ts';
import { type Fault, faultsAt } from './fault.ts';
import { holes } from './holes.ts';
import { runOnModel } from './model/index.ts';
import { type Scenario, scenarios } from './trial.ts';

const allScenarios = Object.entries(scenarios) as [Scenario, string][];
const order = { kind: 'first come' } as const;

test.each(allScenarios)('without a fault, %s ends as %s', async (scenario, outcome) => {
  expect((await recordRun(runOnModel, scenario)).end?.outcome).toBe(outcome);
});

describe('under any single fault', () => {
  test.each(allScenarios)('%s keeps every promise', { timeout: 240_000 }, async (scenario) => {
    const { findings, runs, cells } = await exploreSingles(scenario, ['last come']);
    expect(findings).toEqual([]);
    const rows = Object.values(cells).flatMap((row) => Object.values(row));
    expect(rows.reduce((sum, { fired }) => sum + fired, 0)).toBe(runs);
  });
});

test.each(['restore', 'compensate'] as const)(
  'a second fault after a write without an answer: %s keeps every promise',
  {
    timeout: 240_000,
  },
  async (scenario) => {
    const { findings } = await exploreAftermath(scenario);
    expect(findings).toEqual([]);
  },
);

test('under pairs of faults every promise is kept', { timeout: 120_000 }, async () => {
  const seeds = Array.from({ length: 100 }, (_, index) => index + 1);
  const trials = (async function* () {
    for (const seed of seeds) yield await pairOf(runOnModel, seed);
  })();
  const { findings } = await explore(runOnModel, trials);
  expect(findings).toEqual([]);
});

test('equal answers lead to equal calls', async () => {
  const { sites } = await recordRun(runOnModel, 'compensate');
  const chosen = faultsAt(sites).filter((_, index) => index % 50 === 0);
  for (const fault of chosen) {
    const trial = { scenario: 'compensate', faults: [fault], order } as const;
    expect((await runOnModel(trial)).calls).toEqual((await runOnModel(trial)).calls);
  }
});

test('a fault that does not strike is a finding', async () => {
  const nowhere: Fault = {
    site: { step: 'writeBatch', target: 'eu', does: 'write', object: 'nothing', nth: 1 },
    kind: 'refused',
  };
  const { findings } = await explore(runOnModel, [{ scenario: 'restore', faults: [nowhere], order }]);
  expect(findings).toMatchObject([{ invariant: 'fired', says: 'refused did not strike' }]);
});

test('each known hole has a name of its own', () => {
  const names = holes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
