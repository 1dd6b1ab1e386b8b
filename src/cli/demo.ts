import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { parsePort } from './arguments.ts';
import { runCommand } from './command.ts';
import { Resources } from './demo/resources.ts';
import type { Stage } from './demo/stage.ts';
import { application, guardAddress, say, setTheStage, tellStory } from './demo/story.ts';
import { exitCodes } from './exit-codes.ts';
import { type StopSignal, stopSignal } from './stop-signal.ts';

interface DemoOptions {
  readonly keep?: boolean;
  readonly uiPort?: number;
}

const help = `
Example:
  $ belay demo --keep

Starts a Temporal dev server, a worker and three sandbox clusters, deploys a good version of a small shop, then a bad
one under guard, and compares every object with what it was. Exit code 0 only if the guard ended "restored" and all
objects are equal. Everything is in a temporary folder and ends with the command.`;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('Watch a bad deploy to three clusters being put back; needs nothing but this package')
    .option('--keep', 'leave everything up until Ctrl-C, to look around')
    .option('--ui-port <port>', 'port of Temporal UI; 8233 if it is free', parsePort)
    .addHelpText('after', help)
    .action((options: DemoOptions) => runCommand({}, () => demo(options)));
}

async function demo({ keep, uiPort }: DemoOptions): Promise<number> {
  const resources = new Resources();
  const stop = stopSignal();
  const { signal } = stop;
  say('  Belay demo: a bad deploy of a small shop to three clusters, put back', '');
  try {
    const stage = await setTheStage({ resources, signal }, uiPort);
    const code = await tellStory(stage);
    await (keep === true ? lookAround(stage, stop) : tellUi(stage));
    return code;
  } catch (error) {
    if (!signal.aborted) throw error;
    say('', '· interrupted; ending what was started');
    return exitCodes.failed;
  } finally {
    await resources.close();
    stop.close();
  }
}

function tellUi(stage: Stage): void {
  say(
    '',
    `  Temporal UI was at ${guardAddress(stage)}`,
    '  "npm start -- --keep" leaves everything up to look around.',
  );
}

async function lookAround(stage: Stage, { signal }: StopSignal): Promise<void> {
  say('', `  Everything stays up until Ctrl-C. The guard in Temporal UI: ${guardAddress(stage)}`);
  say('  Try in another terminal, in this folder:', '', ...suggestions(stage));
  // Listening for a signal alone would not keep this process running.
  while (!signal.aborted) await delay(1000);
}

function suggestions({ config, deployer, temporal }: Stage): string[] {
  const run = 'npx --no-install belay run -f examples/shop/guard.yaml -- node dist/examples/shop/deploy.js --version';
  return [
    `    export BELAY_CONFIG=${config} KUBECONFIG=${deployer} TEMPORAL_ADDRESS=${temporal}`,
    `    npx --no-install belay status ${application}`,
    `    ${run} v2        # a good version: kept`,
    `    npx --no-install belay rollback ${application} --by you --reason "I liked v1" --to <its baseline, as printed>`,
    `    ${run} v2-bad    # put back again`,
  ];
}
