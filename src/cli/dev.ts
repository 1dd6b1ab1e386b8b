import type { Command } from 'commander';
import { findTemporalCli, startDevServer } from '../adapters/temporal-cli.ts';
import { type BelayConfig, ConfigError, isLoopback } from '../config.ts';
import { searchAttributes } from '../schema/search-attributes.ts';
import { parsePort } from './arguments.ts';
import { type CommonOptions, configOf, runCommand } from './command.ts';
import type { Output } from './output.ts';
import { poll } from './poll.ts';
import { stopSignal } from './stop-signal.ts';

interface DevOptions extends CommonOptions {
  readonly uiPort: number;
  readonly db?: string;
}

const help = `
Example:
  $ belay dev --config belay.yaml

Starts a Temporal dev server with its UI at the configured address (this machine only) and a worker for the configured
clusters, in one process. Not for production. Ctrl-C ends both.`;

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('Start a Temporal dev server with UI, and a worker')
    .option('--ui-port <port>', 'port of Temporal UI', parsePort, 8233)
    .option('--db <file>', 'keep runs in this file; in memory unless given')
    .option('--config <belay.yaml>', 'address, namespace, store, keys and clusters')
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((options: DevOptions) => runCommand(options, (output) => dev(options, output)));
}

async function dev(options: DevOptions, output: Output): Promise<number> {
  const config = await configOf(options);
  checkLocal(config);
  const stop = stopSignal();
  const note = (text: string) => output.emit({ event: 'note', text });
  const server = await start(config, options);
  try {
    note(`Temporal is at ${server.address}, its UI at ${server.uiUrl ?? ''}`);
    void server.ended.then(() => stop.abort());
    await poll(config, { signal: stop.signal, onReady: () => note('worker is polling; Ctrl-C ends both') });
    return 0;
  } finally {
    stop.close();
    await server.stop();
  }
}

function checkLocal({ file, temporal }: BelayConfig): void {
  if (isLoopback(temporal.address)) return;
  const what = `"belay dev" starts a server on this machine, not at ${temporal.address}`;
  const fix = 'use "belay worker", or remove the address';
  throw new ConfigError([{ file: file ?? 'belay.yaml', place: null, field: 'temporal.address', what, fix }]);
}

async function start({ temporal }: BelayConfig, options: DevOptions): ReturnType<typeof startDevServer> {
  const cli = await findTemporalCli();
  return startDevServer({
    cli: cli.path,
    namespace: temporal.namespace,
    searchAttributes,
    port: Number(temporal.address.slice(temporal.address.lastIndexOf(':') + 1)),
    ui: 'on',
    uiPort: options.uiPort,
    ...(options.db === undefined ? {} : { dbFilename: options.db }),
  });
}
