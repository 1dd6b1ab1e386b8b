import type { ProgressLine } from '../schema/progress.ts';
import { fullWidth } from './columns.ts';
import type { CliEvent } from './events.ts';
import { LiveRegion, type Terminal } from './live-region.ts';
import { progressText, renderEvent } from './render.ts';
import { Story } from './story.ts';

/** Where a command tells what happens. */
export interface Output {
  /** The stream a child's standard output goes to: with `--json` ours holds nothing but events. */
  readonly childOutput: 'stdout' | 'stderr';
  emit(event: CliEvent): void;
  /** All lines as they are now; what is news is found out here. */
  progress(lines: readonly ProgressLine[]): void;
  /** Somebody else writes to the terminal from here on, until `progress` is called after `resume`. */
  suspend(): void;
  resume(): void;
  close(): void;
}

export interface OutputStream extends Terminal {
  readonly isTTY?: boolean;
}

export function createOutput(kind: 'text' | 'json', stream: OutputStream = process.stdout): Output {
  if (kind === 'json') return jsonOutput(stream);
  return stream.isTTY === true ? liveOutput(stream) : plainOutput(stream);
}

function jsonOutput(stream: Terminal): Output {
  const emit = (event: CliEvent) => void stream.write(`${JSON.stringify(event)}\n`);
  return { ...inert, childOutput: 'stderr', emit, progress: tellNews(emit) };
}

function plainOutput(stream: Terminal): Output {
  const emit = (event: CliEvent) => {
    // Shown by the line that says how it ended.
    if (event.event === 'commandStarted') return;
    for (const line of renderEvent(event)) stream.write(`${line}\n`);
  };
  return { ...inert, childOutput: 'stdout', emit, progress: tellNews(emit) };
}

function liveOutput(stream: Terminal): Output {
  const region = new LiveRegion(stream);
  const width = Math.min(fullWidth, (stream.columns ?? fullWidth) - 1);
  let suspended = false;
  const emit = (event: CliEvent) => region.print(renderEvent(event, width).map(coloured));
  const tell = tellNews(emit);
  const progress = (lines: readonly ProgressLine[]) => {
    const running = lines.filter((line) => line.mark === 'running');
    if (!suspended) region.set((spinner) => running.map((line) => progressText(line, width, spinner)));
    tell(lines);
  };
  const suspend = () => {
    suspended = true;
    region.clear();
  };
  const resume = () => {
    suspended = false;
  };
  return { childOutput: 'stdout', emit, progress, suspend, resume, close: () => region.clear() };
}

const inert = { suspend() {}, resume() {}, close() {} };

function tellNews(emit: (event: CliEvent) => void): (lines: readonly ProgressLine[]) => void {
  const story = new Story();
  return (lines) => {
    // The closing event says the same.
    const news = story.news(lines).filter((line) => line.key !== 'outcome');
    for (const line of news) emit({ event: 'progress', ...line });
  };
}

const colours: Readonly<Record<string, number>> = { '✔': 32, '✖': 31, '▶': 36, '·': 33 };

function coloured(line: string): string {
  const colour = colours[line.charAt(0)];
  if (colour === undefined || process.env.NO_COLOR) return line;
  return `\u001b[${colour}m${line.charAt(0)}\u001b[0m${line.slice(1)}`;
}
