import { readFile, writeFile } from 'node:fs/promises';
import { table } from '../faults/table.ts';
import { type DetectionReport, detectionReportFile } from './campaign.ts';
import { type SeededBug, seededBugs } from './seeded-bugs.ts';

/** `docs/detection.md`: what a campaign's report says, for people. */
export const detectionFile = 'docs/detection.md';

export async function readDetectionReport(): Promise<DetectionReport> {
  return JSON.parse(await readFile(detectionReportFile, 'utf8'));
}

export async function writeDetection(report: DetectionReport): Promise<void> {
  await writeFile(detectionReportFile, `${JSON.stringify(report, null, 1)}\n`);
  await writeFile(detectionFile, describeDetection(report));
}

export function describeDetection({ good, bad, bugs }: DetectionReport): string {
  const rollouts = bad.reduce((sum, row) => sum + row.rollouts, 0);
  const found = bad.reduce((sum, row) => sum + row.found, 0);
  return [
    '# Detection: never wrong, and how soon',
    'Written by `npm run test:rollouts` from its report, `reports/detection.json`; do not edit.',
    intro,
    '## Good rollouts',
    goodOnes,
    `${good.rollouts} rollouts, ${good.kept} kept, **${good.wrong.length} false verdicts**.${good.wrong.map((one) => `\n- ${one}`).join('')}`,
    '## Bad rollouts',
    `${rollouts} rollouts, **${found} found**: the right workload, for the right reason, in time. Seconds are those from \`deployed\` to the verdict; a verdict before it counts as 0.`,
    table(
      ['what is wrong', 'rollouts', 'found', 'median s', 'longest s'],
      bad.map((row) => [row.fault, row.rollouts, row.found, row.median, row.longest].map(String)),
    ),
    afterwards,
    '## Seeded bugs',
    'Each is put into what the rules see, and has to be noticed by some rollout.',
    table(
      ['bug', 'what it does', 'noticed at', 'as'],
      Object.keys(seededBugs).map((bug) => bugRow(bug as SeededBug, bugs)),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function bugRow(bug: SeededBug, bugs: DetectionReport['bugs']): string[] {
  const caught = bugs[bug];
  return [bug, seededBugs[bug], caught?.rollout ?? '**not noticed**', caught?.says ?? ''];
}

const intro = `Random applications of up to five workloads are deployed to the sandbox's API and controllers on a made-up clock, with kubelets
that back off as real ones do (10 s, doubled), and judged by the rules of [health](health.md) and the deadline and bake of a
guard, at every change. The seed of a rollout decides everything about it but the names of its pods.`;

const goodOnes = `Slow starts, restarts within limits, registries that answer at the third try, init containers and Jobs that retry,
configuration that comes after its workload or from an operator, autoscalers, drained nodes, evictions, single restarts,
scaling to zero, all kinds of rollout parameters (also those of a single replica), restarts and broken workloads from before; one of eight has
a bake twice as long as its deadline. Single good workloads are deployed to real API servers in real time, too: five in each
\`npm run test:cluster\`, fifty with \`BELAY_ROLLOUTS=50\`.`;

const afterwards = `What only the deadline (420 s here) finds says nothing about itself but that it is not ready. What was well once has the
deadline again to stay so for the whole bake (150 s here).`;
