import type { ProgressLine } from '../schema/progress.ts';

/** Remembers which lines have been told, so that each is told once however often the status is read. */
export class Story {
  readonly #told = new Set<string>();

  /** Lines that have come to their end since the last call. */
  news(lines: readonly ProgressLine[]): ProgressLine[] {
    return lines.filter((line) => line.mark !== 'running' && !this.#isTold(line));
  }

  #isTold(line: ProgressLine): boolean {
    const id = [line.key, line.mark, line.title, line.text].join('\n');
    if (this.#told.has(id)) return true;
    this.#told.add(id);
    return false;
  }
}
