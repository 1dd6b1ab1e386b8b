import type { JournalEntry } from '../../src/schema/journal.ts';

export function entryOf(key: string, why = 'a reason'): JournalEntry {
  return {
    event: 'locked',
    key,
    at: '2024-05-01T12:00:00.000Z',
    guardId: 'guard',
    operationId: 'operation',
    workflowId: 'belay:prod/shop',
    runId: 'run',
    who: 'ada',
    why,
    data: { stage: 1, list: ['a', null, { 10: true, b: 0.5, ü: '\u2028' }] },
  };
}
