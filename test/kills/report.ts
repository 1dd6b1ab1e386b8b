import { mkdir, writeFile } from 'node:fs/promises';
import type { Trial, Verdict } from './trial.ts';

/** A trial and what came of it. */
export interface Told extends Verdict {
  readonly trial: Trial;
}

/** Per nemesis: how often it struck, how those runs ended, and the seeds of those that broke a promise. */
export interface KillReport {
  readonly trials: number;
  /** Of the engine's requests in one run, about. */
  readonly requests: number;
  readonly rows: readonly {
    readonly name: string;
    readonly fired: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly violations: readonly number[];
    /** How many left an object behind by the known hole "late creation". */
    readonly known: number;
  }[];
}

export const killReportFiles = { sandbox: 'reports/kills.json', lab: 'reports/kills-lab.json' } as const;

export async function keepReport(file: string, told: readonly Told[], requests: number): Promise<void> {
  const names = [...new Set(told.map(({ trial }) => trial.nemesis.name))].sort();
  const rows = names.map((name) => {
    const own = told.filter(({ trial }) => trial.nemesis.name === name);
    const struck = own.filter(({ fired }) => fired).map(({ outcome }) => outcome);
    const outcomes = [...new Set(struck)].sort();
    return {
      name,
      fired: struck.length,
      outcomes: Object.fromEntries(outcomes.map((one) => [one, struck.filter((outcome) => outcome === one).length])),
      violations: own.filter(({ violations }) => violations.length > 0).map(({ trial }) => trial.seed),
      known: own.filter(({ known }) => known.length > 0).length,
    };
  });
  const report: KillReport = { trials: told.length, requests: Math.round(requests / 100) * 100, rows };
  await mkdir('reports', { recursive: true });
  await writeFile(file, `${JSON.stringify(report, null, 1)}\n`);
}
