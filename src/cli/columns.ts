/** Width of a story line; a piped line has the same. */
export const fullWidth = 99;

/** Where the text begins, after mark and title. */
const textColumn = 23;

export interface Columns {
  readonly mark: string;
  readonly title: string;
  readonly text: string;
  readonly right: string;
}

/** `✔ baseline 3f9c21      42 objects            0.4 s` */
export function columns({ mark, title, text, right }: Columns, width: number = fullWidth): string {
  const left = `${mark} ${title}`;
  const body = text === '' ? left : `${padTo(left, textColumn)}${text}`;
  return rightAligned(body, right, width);
}

/** Two blanks stay between the halves when they do not fit. */
export function rightAligned(left: string, right: string, width: number = fullWidth): string {
  if (right === '') return left.trimEnd();
  const gap = Math.max(2, width - left.length - right.length);
  return `${left}${' '.repeat(gap)}${right}`;
}

function padTo(text: string, column: number): string {
  return text.length < column ? text.padEnd(column) : `${text}  `;
}

/** `0.4 s`, `3 m 12 s`; nothing for a blink. */
export function tookText(milliseconds: number | null): string {
  if (milliseconds === null || milliseconds < 50) return '';
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}

/** Messages come from clusters and may hold anything; a terminal would act upon control characters. */
export function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
