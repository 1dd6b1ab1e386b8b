import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { faultReportFile, type Profile, profiles, runCampaign } from './campaign.ts';
import { explore, pairOf } from './explore.ts';
import { runOnModel } from './model/index.ts';
import { writeReliability } from './reliability.ts';
import { summarize } from './summary.ts';

/**
 *     npm run test:faults                  everything
 *     npm run test:faults -- --quick       a part of it, for every commit
 *     npm run test:faults -- --page        either, and docs/reliability.md from its report
 *     npm run test:faults -- --page-only   the page alone, from the reports as they are
 *     npm run test:faults -- --seed 7      one pair on the model again, told in full
 *
 * The reports are reports/faults.json, reports/kills.json and, only of everything, reports/kills-lab.json. Ends with `N passed, N failed`; the exit code is 0 only if nothing failed.
 */
async function main(options: readonly string[]): Promise<number> {
  const seed = options.indexOf('--seed');
  if (seed >= 0) return await runAgain(Number(options[seed + 1]));
  if (options.includes('--page-only')) {
    await writeReliability();
    return 0;
  }
  const profile = options.includes('--quick') ? profiles.quick : profiles.full;
  // Side by side: explorations compute, and most of a kill is waiting for a dead worker's deadlines.
  const [report, codeOfTests] = await Promise.all([runCampaign(profile, console.log), runTests(profile)]);
  await mkdir('reports', { recursive: true });
  await writeFile(faultReportFile, `${JSON.stringify(report, null, 1)}\n`);
  if (options.includes('--page')) await writeReliability();
  const { passed, failed, lines } = summarize(report);
  for (const line of lines) console.log(line);
  console.log(`${passed} passed, ${failed} failed`);
  const counts = process.env.BELAY_TEST_COUNTS;
  if (counts) await appendFile(counts, `${JSON.stringify({ passed, failed })}\n`);
  return failed === 0 && codeOfTests === 0 ? 0 : 1;
}

/** Workers that are processes need a Temporal server, which the tests know how to start. Counts for itself. */
async function runTests({ name }: Profile): Promise<number> {
  const codes = [await runProject(name, 'kills')];
  if (name === 'full') {
    codes.push(await runProject(name, 'lab-kills'));
    codes.push(await runProject(name, 'e2e', 'test/e2e/cancelled.test.ts'));
  }
  return codes.every((code) => code === 0) ? 0 : 1;
}

async function runProject(profile: Profile['name'], project: string, ...files: string[]): Promise<number | null> {
  const env = { ...process.env, BELAY_FAULTS: profile };
  const args = ['vitest', 'run', '--project', project, ...files];
  const [code] = await once(spawn('npx', args, { env, stdio: 'inherit' }), 'close');
  return code;
}

async function runAgain(seed: number): Promise<number> {
  const trial = await pairOf(runOnModel, seed);
  const { outcomes, findings } = await explore(runOnModel, [trial]);
  const trace = await runOnModel(trial);
  console.log(trial, outcomes, trace.end ?? trace.problem);
  for (const { step, target, does, object } of trace.sites) console.log(`  ${step} ${target} ${does} ${object}`);
  console.log(findings);
  return findings.length === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
