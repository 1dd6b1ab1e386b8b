import type { Command } from 'commander';
import { type BelayConfig, ConfigError, gatewaySettings } from '../config.ts';
import type { GatewayServer, GatewaySettings } from '../gateway/index.ts';
import { type CommonOptions, configOf, runCommand, withClient } from './command.ts';
import type { Output } from './output.ts';
import { stopSignal } from './stop-signal.ts';

const help = `
Example:
  $ belay serve --config belay.yaml

Takes failure reports over HTTP: signed requests, Alertmanager's webhook, CloudEvents (docs/gateway.md). It reaches
Temporal only, no cluster and no store. Ctrl-C or SIGTERM ends it when what it has in hand is answered.`;

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Run the gateway: failure reports over HTTP')
    .option('--config <belay.yaml>', 'Temporal, and "gateway"')
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((options: CommonOptions) => runCommand(options, (output) => serve(options, output)));
}

async function serve(options: CommonOptions, output: Output): Promise<number> {
  const config = await configOf(options);
  const settings = await settingsOf(config);
  const stop = stopSignal();
  try {
    await withClient(config, async (belay) => {
      // Loaded here: no other command needs an HTTP framework.
      const { createGateway, handsOf, startServer } = await import('../gateway/index.ts');
      const gateway = createGateway({
        settings,
        hands: handsOf(belay),
        now: Date.now,
        onAccess: (access) => output.emit({ event: 'request', ...access }),
        onError: (error) => output.emit({ event: 'note', text: `unexpected: ${nameOf(error)}` }),
      });
      await untilStopped(await startServer(gateway, settings), stop.signal, output);
    });
    return 0;
  } finally {
    stop.close();
  }
}

function settingsOf({ gateway, file }: BelayConfig): Promise<GatewaySettings> {
  if (gateway !== undefined) return gatewaySettings(gateway, process.env);
  const fix = 'add it, with at least one sender (docs/gateway.md)';
  throw new ConfigError([{ file: file ?? 'belay.yaml', place: null, field: 'gateway', what: 'is missing', fix }]);
}

async function untilStopped(server: GatewayServer, signal: AbortSignal, output: Output): Promise<void> {
  output.emit({ event: 'note', text: `gateway listens at ${server.url}` });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  output.emit({ event: 'note', text: 'gateway stops' });
  await server.stop();
}

/** Its message may quote what was sent. */
function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}${error.stack?.match(/\n\s+at .*/)?.[0] ?? ''}` : typeof error;
}
