/** A value at an instant of the grid that was asked for; milliseconds. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** All milliseconds; values are asked for at `start`, `start + step`, … up to `end`. */
export interface Grid {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/**
 * A provider of metrics.
 *
 * Throws `PortError`: `invalid` where the query itself is at fault (also when it answers more than one series), `denied`,
 * and `unavailable` where asking again may help.
 */
export interface Metrics {
  /** The values there are, oldest first; an instant without one is left out. */
  valuesOf(query: string, grid: Grid): Promise<readonly Sample[]>;
}
