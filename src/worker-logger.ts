import { DefaultLogger, type LogLevel, type LogMetadata, Runtime } from '@temporalio/worker';

/** Each of our workers has workflows or activities, never both: the SDK warns of what is meant to be so. */
const expected: ReadonlySet<string> = new Set([
  'No workflows registered, not polling for workflow tasks',
  'No activities registered, not polling for activity tasks',
]);

/** The SDK's own logger without the notices that every start of ours would print. */
export class WorkerLogger extends DefaultLogger {
  override log(level: LogLevel, message: string, meta?: LogMetadata): void {
    if (!expected.has(message)) super.log(level, message, meta);
  }
}

/** For a process of ours, before anything of the SDK's native part is used; who embeds a worker has a logger of his own. */
export function installWorkerLogger(): void {
  Runtime.install({ logger: new WorkerLogger() });
}
