import { runCampaign } from './campaign.ts';
import { faults } from './faults.ts';
import { writeDetection } from './page.ts';

/** How many good ones, and how many bad ones of each kind. */
const [good = 450, each = 11] = process.argv.slice(2).map(Number);

/**
 *     npm run test:rollouts             450 good rollouts, 11 bad ones of each kind
 *     npm run test:rollouts -- 20 1     fewer
 *
 * Writes reports/detection.json, and docs/detection.md from it. The exit code is 0 only if nothing was judged wrongly.
 */
const report = runCampaign(good, each * faults.length, console.log);
await writeDetection(report);
const isRight = report.good.wrong.length === 0 && report.bad.every(({ rollouts, found }) => rollouts === found);
process.exit(isRight ? 0 : 1);
