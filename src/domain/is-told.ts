import type { ProgressLine } from '../schema/progress.ts';

/** Whether the story's own lines say it already, so that nobody has to read it twice. The line of the outcome does not count. */
export function isTold(progress: readonly ProgressLine[], text: string): boolean {
  return progress.some((line) => line.key !== 'outcome' && line.mark !== 'running' && line.text === text);
}
