import type { LogEntry } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { WorkerLogger } from '../src/worker-logger.ts';

it('drops the two notices that belong to workers of one kind, and nothing else', () => {
  const seen: string[] = [];
  const logger = new WorkerLogger('INFO', ({ level, message }: LogEntry) => void seen.push(`${level} ${message}`));
  logger.warn('No workflows registered, not polling for workflow tasks', { taskQueue: 'belay-work' });
  logger.log('WARN', 'No activities registered, not polling for activity tasks');
  logger.warn('No activities registered');
  logger.warn('something else');
  logger.info('Worker state changed');
  logger.debug('below the level');
  expect(seen).toEqual(['WARN No activities registered', 'WARN something else', 'INFO Worker state changed']);
});
