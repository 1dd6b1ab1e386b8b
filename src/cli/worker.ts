import type { Command } from 'commander';
import { type CommonOptions, configOf, runCommand } from './command.ts';
import type { Output } from './output.ts';
import { poll } from './poll.ts';
import { stopSignal } from './stop-signal.ts';

const help = `
Example:
  $ belay worker --config belay.yaml

Does the work of all guards: workflows, cluster access, watching. Run one or several; stop it with Ctrl-C or SIGTERM,
it finishes what it has in hand.`;

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('Run a worker')
    .option('--config <belay.yaml>', 'Temporal, store, keys and clusters')
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((options: CommonOptions) => runCommand(options, (output) => work(options, output)));
}

async function work(options: CommonOptions, output: Output): Promise<number> {
  const config = await configOf(options);
  const stop = stopSignal();
  const clusters = Object.keys(config.clusters).join(' ') || 'none';
  const where = `${config.temporal.address}, namespace ${config.temporal.namespace}`;
  try {
    await poll(config, {
      signal: stop.signal,
      onWarning: (text) => output.emit({ event: 'note', text }),
      onReady: () => output.emit({ event: 'note', text: `worker is polling at ${where}; clusters: ${clusters}` }),
    });
    return 0;
  } finally {
    stop.close();
  }
}
