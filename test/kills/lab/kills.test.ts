import { beforeAll, inject, test } from 'vitest';
import { useLab } from '../../support/lab.ts';
import { runCampaign } from '../campaign.ts';
import { openLabGround } from '../lab-ground.ts';

const lab = useLab();

beforeAll(async () => {
  await Promise.all([lab.grant(lab.engine), lab.grant(lab.deployer)]);
});

test('on real API servers: restored or reverted in every cluster, or refused in all', async () => {
  await runCampaign({
    where: 'lab',
    trials: 66,
    atOnce: 6,
    cli: inject('temporalCli'),
    openGround: () => openLabGround(lab),
  });
}, 3_600_000);
