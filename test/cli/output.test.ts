import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOutput } from '../../src/cli/output.ts';
import type { ProgressLine } from '../../src/schema/progress.ts';

function line(key: string, mark: ProgressLine['mark'], text = ''): ProgressLine {
  return { key, mark, title: key, text, at: '2026-08-30T12:00:00.000Z', took: null };
}

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 100, write: (text: string) => written.push(text) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('piped output', () => {
  it('has each line once, when it is done, and nothing that moves', () => {
    const pipe = stream(false);
    const output = createOutput('text', pipe);
    output.progress([line('lock', 'running')]);
    output.progress([line('lock', 'done'), line('baseline', 'running')]);
    output.progress([
      line('lock', 'done'),
      line('baseline', 'done', '42 objects'),
      line('outcome', 'done', 'restored'),
    ]);
    output.close();
    expect(pipe.written.join('')).toBe('✔ lock\n✔ baseline             42 objects\n');
  });
});

describe('JSON output', () => {
  it('is one object per event, with the same lines once', () => {
    const pipe = stream(true);
    const output = createOutput('json', pipe);
    output.emit({ event: 'note', text: 'hello' });
    output.progress([line('lock', 'done')]);
    output.progress([line('lock', 'done')]);
    expect(pipe.written.map((text) => JSON.parse(text))).toEqual([
      { event: 'note', text: 'hello' },
      { event: 'progress', ...line('lock', 'done') },
    ]);
    expect(output.childOutput).toBe('stderr');
  });
});

describe('terminal output', () => {
  const clear = '\u001b[1A\u001b[0J';

  it('turns a running line into its end in place', () => {
    vi.useFakeTimers();
    vi.stubEnv('NO_COLOR', '1');
    const terminal = stream(true);
    const output = createOutput('text', terminal);
    output.progress([line('lock', 'running')]);
    vi.advanceTimersByTime(100);
    output.progress([line('lock', 'done')]);
    output.close();
    vi.unstubAllEnvs();
    expect(terminal.written.join('')).toBe(`⠋ lock\n${clear}⠙ lock\n${clear}✔ lock\n`);
  });

  it('draws nothing that moves while the command has the terminal', () => {
    vi.useFakeTimers();
    vi.stubEnv('NO_COLOR', '1');
    const terminal = stream(true);
    const output = createOutput('text', terminal);
    output.suspend();
    output.progress([line('lock', 'done'), line('watch', 'running')]);
    vi.advanceTimersByTime(1000);
    output.resume();
    output.close();
    vi.unstubAllEnvs();
    expect(terminal.written.join('')).toBe('✔ lock\n');
  });
});
