import { inject, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { openSandboxGround } from './sandbox-ground.ts';

test('whatever is killed, stopped, cut off, damaged or taken away: restored or reverted in every cluster, or refused in all', async () => {
  await runCampaign({
    where: 'sandbox',
    trials: process.env.BELAY_FAULTS === 'full' ? 408 : 42,
    atOnce: 10,
    cli: inject('temporalCli'),
    openGround: openSandboxGround,
  });
}, 3_600_000);
