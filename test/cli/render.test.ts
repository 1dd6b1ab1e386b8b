import { describe, expect, it } from 'vitest';
import type { CliEvent } from '../../src/cli/events.ts';
import { renderEvent } from '../../src/cli/render.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import type { ProgressLine } from '../../src/schema/progress.ts';

function progress(line: Partial<ProgressLine>): CliEvent {
  const usual = {
    key: 'k',
    mark: 'done',
    title: 'plan',
    text: '',
    at: '2026-08-30T12:00:00.000Z',
    took: null,
  } as const;
  return { event: 'progress', ...usual, ...line };
}

const result: RunResult = {
  outcome: 'restored',
  guardId: 'g',
  application: 'shop',
  environment: 'production',
  operationId: '0123456789abcdef',
  reason: 'all as before',
  baseline: null,
  failedState: null,
  health: 'healthy',
  left: [],
  blocked: [],
  journal: { sequence: 17, digest: 'd' },
};

describe('a story line', () => {
  it.each<[string, CliEvent, string]>([
    ['without text is mark and title', progress({ title: 'locked' }), '✔ locked'],
    [
      'has its text in a column of its own, and the time at the right',
      progress({ title: 'healthy', text: 'eu 4/4   us 4/4', took: 3912 }),
      `${'✔ healthy'.padEnd(23)}${'eu 4/4   us 4/4'.padEnd(71)}3.9 s`,
    ],
    [
      'has a short first part beside the title',
      progress({ title: 'baseline', text: '3f9c21      42 objects', took: 400 }),
      `✔ baseline 3f9c21      ${'42 objects'.padEnd(71)}0.4 s`,
    ],
    ['says nothing of a blink', progress({ text: '7 update', took: 12 }), '✔ plan                 7 update'],
    [
      'keeps two blanks when it is too long',
      progress({ text: 'x'.repeat(90), took: 200_000 }),
      `✔ plan                 ${'x'.repeat(90)}  3 m 20 s`,
    ],
    [
      'takes no orders for the terminal from a cluster',
      progress({ mark: 'failed', title: 'failed', text: 'us: \u001b[2J\nboom' }),
      '✖ failed               us:  [2J boom',
    ],
  ])('%s', (_, event, line) => {
    expect(renderEvent(event)).toEqual([line]);
  });
});

it('opens with application, environment, clusters and the address of the run', () => {
  const started = {
    event: 'started',
    application: 'shop',
    environment: 'production',
    clusters: ['eu', 'us', 'ap'],
    guardId: 'g',
    workflowId: 'belay:production/shop',
  } as const;
  expect(renderEvent({ ...started, ui: 'http://localhost:8233/x' })).toEqual([
    '  shop · production · eu us ap                     http://localhost:8233/x',
  ]);
  expect(renderEvent({ ...started, ui: null })).toEqual(['  shop · production · eu us ap']);
  expect(renderEvent({ ...started, ui: null, clusters: [] })).toEqual(['  shop · production']);
});

it('shows the command with how it ended', () => {
  const command = ['kubectl', 'apply', '-f', 'v2/'];
  const [line] = renderEvent({ event: 'commandEnded', command, how: 'exit 0', ok: true, took: 2100 });
  expect(line).toBe(`${'▶ kubectl apply -f v2/ exit 0'.padEnd(94)}2.1 s`);
});

it('closes with the reason, then outcome, duration, journal and exit code', () => {
  expect(renderEvent({ event: 'ended', result, took: 5200, exit: 10 })).toEqual([
    '  all as before',
    `${'  restored in 5.2 s · journal 17'.padEnd(92)}exit 10`,
  ]);
});

it.each([
  ['leaves the reason out when a line of the story has said it', { key: 'verified', mark: 'done' }, 1],
  [
    'gives the reason when only the line of the outcome holds it, which is not shown',
    { key: 'outcome', mark: 'done' },
    2,
  ],
  [
    'gives the reason when the line that holds it was never finished, which is not shown',
    { key: 'k', mark: 'running' },
    2,
  ],
] as const)('%s', (_, line, count) => {
  const told = { title: '', text: result.reason, at: '2026-08-30T12:00:00.000Z', took: null, ...line };
  const lines = renderEvent({ event: 'ended', result: { ...result, progress: [told] }, took: null, exit: 10 });
  expect(lines).toHaveLength(count);
});

it('lists what was left, is blocked or was not given back', () => {
  const lines = renderEvent({
    event: 'ended',
    result: {
      ...result,
      outcome: 'abandoned',
      reason: 'ada: given up',
      left: [{ target: 'eu', object: 'Secret/key', reason: 'skipped' }],
      blocked: [{ target: 'us', object: 'Deployment/web', expected: 'a', actual: 'b', why: '403' }],
      leases: [{ cluster: 'ap', lease: 'shop/belay-0123', reason: 'no answer' }],
      journal: null,
    },
    took: null,
    exit: 18,
  });
  expect(lines).toEqual([
    '  ada: given up',
    '  left  eu/Secret/key: skipped',
    '    us/Deployment/web  expected a, is b: 403',
    '  not given back  ap/Lease/shop/belay-0123: no answer',
    `${'  abandoned'.padEnd(92)}exit 18`,
  ]);
});

it('says what waits for a person, for which objects, and what the person may do', () => {
  const lines = renderEvent({
    event: 'waiting',
    application: 'shop',
    environment: 'production',
    phase: 'waiting(blocked)',
    decision: {
      kind: 'blocked',
      since: '2026-08-30T12:00:00.000Z',
      reason: 'eu refuses',
      objects: [{ target: 'eu', object: 'Deployment/web', expected: 'v1', actual: 'v2', why: 'forbidden' }],
      choices: ['retry', 'skip', 'abandon'],
      step: 'finish/1',
      skippable: ['eu/Deployment/web'],
      planDigest: null,
      reminders: 0,
    },
    exit: 14,
  });
  expect(lines).toEqual([
    `${'✖ waiting(blocked)  eu refuses'.padEnd(92)}exit 14`,
    '    eu/Deployment/web  expected v1, is v2: forbidden',
    '  the guard keeps its lock and goes on by itself when the cause goes away; you may',
    '    belay resolve production/shop retry --by <you> --reason <why>',
    '      try again now',
    '    belay resolve production/shop skip --object eu/Deployment/web --by <you> --reason <why>',
    '      leave this object as it is; the outcome names it and you',
    '    belay resolve production/shop abandon --by <you> --reason <why>',
    '      close the run with everything as it is now',
    '    belay status production/shop',
  ]);
});
