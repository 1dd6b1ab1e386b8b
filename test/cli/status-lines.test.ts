import { expect, test } from 'vitest';
import { statusLines } from '../../src/cli/status-lines.ts';
import type { SourceView, StatusView } from '../../src/schema/status.ts';

const open: StatusView = {
  type: 'guardDeploy',
  application: 'shop',
  environment: 'production',
  guardId: 'g',
  operationId: '0123456789abcdef',
  revision: 'v2',
  phase: 'watching',
  targets: [],
  baseline: null,
  failedState: null,
  failure: null,
  progress: [],
  timeline: [],
  decision: null,
  held: null,
  mayHold: false,
  ending: null,
  journal: null,
  result: null,
};
const name = { application: 'shop', environment: 'production' };

function shown(sources: readonly SourceView[] | undefined): string[] {
  const view = sources ? { ...open, sources } : open;
  return statusLines(name, { kind: 'open', workflowId: 'w', runId: 'r', view }, null).filter((line) =>
    /metric|probe/.test(line),
  );
}

test('status shows each source with its verdict and what it has seen', () => {
  const evidence = [{ object: 'errors', reason: 'AboveMaximum', message: '0.31: must not be above 0.02' }];
  expect(
    shown([
      { name: 'errors', kind: 'metric', verdict: 'progressing', evidence },
      { name: 'front', kind: 'probe', verdict: 'healthy', evidence: [] },
      { name: 'cart', kind: 'probe', verdict: null, evidence: [] },
    ]),
  ).toEqual([
    '  metric errors        progressing · AboveMaximum: 0.31: must not be above 0.02',
    '  probe front          healthy',
    '  probe cart           not watched yet',
  ]);
});

test('status shows a run of a version that watched workloads only', () => expect(shown(undefined)).toEqual([]));
