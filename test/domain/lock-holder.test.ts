import { expect, test } from 'vitest';
import { parseHolder, printHolder } from '../../src/domain/lock-holder.ts';

test.each([
  { address: '127.0.0.1:7233', namespace: 'default', workflowId: 'belay:production/shop', firstRunId: 'r1' },
  { address: '[::1]:7233', namespace: 'team/a', workflowId: 'belay:test/shop', firstRunId: 'r2' },
])('what is written into a Lease names the same run again: $address', (holder) => {
  expect(parseHolder(printHolder(holder))).toEqual(holder);
});

test.each(['', 'somebody', 'node-1_3f2a', 'a/b', 'a/b/c'])('"%s" is no run of Belay', (text) => {
  expect(parseHolder(text)).toBeNull();
});
