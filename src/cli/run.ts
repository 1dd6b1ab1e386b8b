import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import {
  type BelayClient,
  ClientError,
  type GuardStart,
  guardWorkflowId,
  isClientError,
  startGuard,
} from '../client/index.ts';
import { type BelayConfig, type LoadedGuard, loadGuardFile } from '../config.ts';
import { milliseconds } from '../domain/durations.ts';
import { type GuardRequest, requestDefaults } from '../schema/guard-spec.ts';
import { parseName, whoAmI } from './arguments.ts';
import { ownExitCode } from './child.ts';
import { type CommonOptions, configOf, connectTo, runCommand, uiAddress } from './command.ts';
import { tellEnding } from './ending.ts';
import { exitCodes } from './exit-codes.ts';
import { followToEnd } from './follow.ts';
import { deployUnderGuard } from './guarded-run.ts';
import { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';

interface RunOptions extends CommonOptions {
  readonly file: string;
  readonly id?: string;
}

const help = `
Example:
  $ belay run -f guard.yaml -- kubectl apply -f v2/

The command starts when the guard is ready and not before. The exit code tells the outcome: 0 kept, 10 restored,
11 reverted, 12 refused, 13 held, 14 waiting for a person, 15 superseded, 16 cancelled, 17 unready (the command was
not started), 18 abandoned, 2 wrong input (nothing started), 1 Belay itself failed.`;

export function addRun(program: Command): void {
  program
    .command('run')
    .description('Run a deploy command under guard: kept when it turns out healthy, put back when not')
    .requiredOption('-f, --file <guard.yaml>', 'what to guard', parseName)
    .option('--config <belay.yaml>', 'where Temporal and the clusters are')
    .option('--id <guardId>', 'name of this guard; the same name again attaches to it', parseName)
    .option('--json', 'print one JSON object per event')
    .argument('<command...>', 'the deploy command, after "--"')
    .passThroughOptions()
    .addHelpText('after', help)
    .action((command: string[], options: RunOptions) => runCommand(options, (output) => run(command, options, output)));
}

interface Prepared {
  readonly config: BelayConfig;
  readonly request: GuardRequest;
  readonly readyTimeout: number;
}

async function run(command: readonly string[], options: RunOptions, output: Output): Promise<number> {
  const prepared = await prepare(options);
  try {
    const belay = await connectTo(prepared.config).catch(explain('nothing was started'));
    // Not earlier: as long as there is nothing to end, Ctrl-C ends this process as it does any other.
    const interrupts = new Interrupts();
    try {
      return await guard({ belay, command, ...prepared, output, interrupts });
    } finally {
      interrupts.close();
      await belay.close();
    }
  } catch (error) {
    if (isClientError(error) && (error.kind === 'noNamespace' || error.kind === 'denied')) {
      return tellUnready(output, error.message);
    }
    throw withHint(error, prepared.request);
  }
}

/** Everything that can be wrong is found here, before anything is started. */
async function prepare(options: RunOptions): Promise<Prepared> {
  const config = await configOf(options);
  const loaded = await loadGuardFile(options.file, {
    clusters: Object.keys(config.clusters),
    // Loaded only for a file with conditions: it brings the whole engine with it.
    expressions: async () => (await import('../wire.ts')).wireExpressions(),
  });
  const readyTimeout = milliseconds(loaded.spec.readyTimeout ?? requestDefaults.readyTimeout);
  return { config, request: requestOf(loaded, options.id ?? randomUUID()), readyTimeout };
}

function requestOf({ spec, manifests }: LoadedGuard, guardId: string): GuardRequest {
  return { ...spec, guardId, ...(manifests.length === 0 ? {} : { manifests: [...manifests] }) };
}

interface Guarding extends Prepared {
  readonly belay: BelayClient;
  readonly command: readonly string[];
  readonly output: Output;
  readonly interrupts: Interrupts;
}

async function guard(guarding: Guarding): Promise<number> {
  const { request, output } = guarding;
  const startedAt = new Date().toISOString();
  tellStart(guarding);
  const start = await getReady(guarding).catch(
    explain('the command was not started; if a guard was, it was not told to stop'),
  );
  if (start.kind === 'unready') return tellUnready(output, start.reason);
  const ended = { environment: request.environment, application: request.application, startedAt };
  if (start.kind === 'closed') {
    return tellEnding(output, { ...ended, ending: start.end, ownCode: 0, lastView: undefined });
  }
  if (start.kind === 'passed') {
    output.emit({
      event: 'note',
      text: `guard ${request.guardId} is past deploying; the command is not started again`,
    });
    return tellEnding(output, { ...ended, ...(await followToEnd({ ...guarding, run: start.run })), ownCode: 0 });
  }
  const deployed = await deployUnderGuard({ ...guarding, run: start.run, revision: request.revision }).catch(
    explain('how the command ended could not be told to the guard'),
  );
  return tellEnding(output, { ...ended, ...deployed, ownCode: ownExitCode(deployed.exit) });
}

/** What Temporal's silence means at this point. */
function explain(what: string): (error: unknown) => never {
  return (error) => {
    if (!isClientError(error) || error.kind !== 'unreachable') throw error;
    throw new ClientError('unreachable', `${error.message}; ${what}`, { cause: error });
  };
}

/** Exit 1 must say how to find out where the guard stands. */
function withHint(error: unknown, { environment, application }: GuardRequest): unknown {
  if (!isClientError(error) || error.kind !== 'unreachable') return error;
  const message = `${error.message}; look at "belay status ${environment}/${application}"`;
  return new ClientError(error.kind, message, { cause: error });
}

function tellStart({ request, config, output }: Guarding): void {
  const { application, environment, guardId } = request;
  const workflowId = guardWorkflowId(request);
  const clusters = [...new Set(request.targets.map((target) => target.cluster))];
  const ui = uiAddress(config, workflowId);
  output.emit({ event: 'started', application, environment, clusters, guardId, workflowId, ui });
}

function getReady({ belay, request, readyTimeout, output, interrupts }: Guarding): Promise<GuardStart> {
  const giveUp = new AbortController();
  interrupts.handle(() => giveUp.abort());
  return startGuard(belay, request, {
    readyTimeout,
    by: whoAmI(),
    signal: giveUp.signal,
    onView: (view) => output.progress(view.progress),
    onNote: (text) => output.emit({ event: 'note', text }),
  });
}

function tellUnready(output: Output, reason: string): number {
  const exit = exitCodes.unready;
  output.emit({ event: 'unready', reason: `${reason}; the command was not started`, exit });
  return exit;
}
