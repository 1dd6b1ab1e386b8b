import { afterAll, beforeAll, expect, test } from 'vitest';
import { exploreSandboxSingles } from './campaign.ts';
import { recordRun } from './explore.ts';
import { openSandboxWorld, type SandboxWorld } from './sandbox/index.ts';
import { type Scenario, scenarios } from './trial.ts';

let world: SandboxWorld;

beforeAll(async () => {
  world = await openSandboxWorld();
});

afterAll(async () => {
  await world.close();
});

const allScenarios = Object.entries(scenarios) as [Scenario, string][];

test.each(allScenarios)('without a fault, %s ends as %s', { timeout: 30_000 }, async (scenario, outcome) => {
  expect((await recordRun(world.run, scenario)).end?.outcome).toBe(outcome);
});

test.each(allScenarios)(
  'one fault of each kind at each step of %s breaks no promise',
  {
    timeout: 480_000,
  },
  async (scenario) => {
    const { findings } = await exploreSandboxSingles(world.run, scenario, 'one of each');
    expect(findings).toEqual([]);
  },
);
