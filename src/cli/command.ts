import { type BelayClient, connect, isClientError } from '../client/index.ts';
import {
  type BelayConfig,
  type ConfigProblem,
  isConfigError,
  loadConfig,
  temporalConnectionOptions,
} from '../config.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Runs a command's body; whatever it throws becomes a message and an exit code. */
export async function runCommand(options: CommonOptions, body: (output: Output) => Promise<number>): Promise<void> {
  const output = createOutput(options.json === true ? 'json' : 'text');
  try {
    process.exitCode = await body(output);
  } catch (error) {
    process.exitCode = tellError(error, output, options);
  } finally {
    output.close();
  }
}

export function configOf(options: CommonOptions): Promise<BelayConfig> {
  return loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
}

export async function withClient<T>(config: BelayConfig, use: (belay: BelayClient) => Promise<T>): Promise<T> {
  const belay = await connectTo(config);
  try {
    return await use(belay);
  } finally {
    await belay.close();
  }
}

export async function connectTo({ temporal }: BelayConfig): Promise<BelayClient> {
  return await connect({ namespace: temporal.namespace, connection: await temporalConnectionOptions(temporal) });
}

/** Address of a run in Temporal UI. */
export function uiAddress(config: BelayConfig, workflowId: string): string | null {
  const { ui, namespace } = config.temporal;
  if (ui === undefined) return null;
  return `${ui.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

function tellError(error: unknown, output: Output, options: CommonOptions): number {
  const exit = exitCodeOfError(error);
  const message = error instanceof Error ? error.message : String(error);
  const problems: readonly ConfigProblem[] = isConfigError(error) ? error.problems : [];
  output.close();
  if (options.json === true) process.stdout.write(`${JSON.stringify({ event: 'error', message, problems, exit })}\n`);
  for (const line of message.split('\n')) process.stderr.write(`belay: ${line}\n`);
  if (process.env.BELAY_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exit;
}

const wrongInputKinds: readonly string[] = ['noNamespace', 'denied', 'rejected', 'notOpen'];

function exitCodeOfError(error: unknown): number {
  const isWrongInput = isConfigError(error) || (isClientError(error) && wrongInputKinds.includes(error.kind));
  return isWrongInput ? exitCodes.wrongInput : exitCodes.failed;
}
