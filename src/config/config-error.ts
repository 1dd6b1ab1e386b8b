/** A place in a file, as editors count: both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with what a person wrote, and what they should write instead. */
export interface ConfigProblem {
  /** A path as the person gave it, or `environment variable X`. */
  readonly file: string;
  readonly place: Place | null;
  /** `targets[0].scope.selector`; empty for the file as a whole. */
  readonly field: string;
  readonly what: string;
  readonly fix: string;
}

/** Wrong input: nothing has been started or changed. Carries every problem that was found, in reading order. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const sorted = [...problems].sort(byPlace);
    super(sorted.map(describeProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = sorted;
  }
}

export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && error.name === 'ConfigError' && 'problems' in error;
}

function describeProblem({ file, place, field, what, fix }: ConfigProblem): string {
  const where = place === null ? file : `${file}:${place.line}:${place.column}`;
  return `${where}${field === '' ? '' : ` ${field}`}: ${what}; ${fix}`;
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  const line = (a.place?.line ?? 0) - (b.place?.line ?? 0);
  const column = (a.place?.column ?? 0) - (b.place?.column ?? 0);
  return byText(a.file, b.file) || line || column || byText(a.field, b.field);
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
