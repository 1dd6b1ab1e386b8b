/** One line of the story, as a terminal prints it and Temporal UI lists it. */
export interface ProgressLine {
  /** Same key, newer line: the line has moved on. */
  readonly key: string;
  readonly mark: 'running' | 'done' | 'warning' | 'failed';
  /** One or two words: `locked`, `baseline`, `plan`, `written` … */
  readonly title: string;
  readonly text: string;
  /** ISO. */
  readonly at: string;
  /** Milliseconds from start to end of the step, once it has ended. */
  readonly took: number | null;
}
