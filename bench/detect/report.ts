import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const file = 'reports/detect.json';

/** Replaces one part of the report; each says on what, and beside what, it was measured. */
export function keepReport(part: string, measured: Readonly<Record<string, unknown>>): void {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
  const machine = { node: process.version, processors: cpus().length, load: loadavg().map((load) => round(load)) };
  const report = { ...before, [part]: { at: new Date().toISOString(), machine, ...measured } };
  mkdirSync('reports', { recursive: true });
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(report, null, 1)}\n`);
  renameSync(written, file);
}

export interface Percentiles {
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that so many of a hundred do not exceed. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (percent: number) => round(sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN);
  return { runs: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
