import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Endings, endings, type PeersReport, peersReportFile } from '../../test/faults/peers.ts';
import type { Armed } from './proxy.ts';
import type { Tool } from './tool.ts';
import type { Found, Trial, Verdict } from './trial.ts';
import { troubles } from './troubles.ts';

/** A trial and what came of it. */
export interface Told {
  readonly trial: Trial;
  readonly verdict: Verdict;
}

/** Replaces this tool's part of the report; in one go, as several lanes call it. */
export function keepReport({ name, says }: Tool, counts: Armed['counts'], told: readonly Told[]): void {
  const struck = told.filter(hasStruck);
  const rows = troubles.map((trouble) => {
    const own = struck.filter(({ trial }) => trial.trouble === trouble).map(({ verdict }) => verdict);
    const [first, again] = [own.map((one) => one.first), own.map((one) => one.again)];
    return {
      trouble: trouble.name,
      says: trouble.says,
      trials: own.length,
      first: countEndings(first),
      again: countEndings(again),
    };
  });
  const others = readReport().tools.filter((tool) => tool.name !== name);
  const tools = [...others, { name, says, counts, rows }].sort((one, other) => one.name.localeCompare(other.name));
  const report: PeersReport = { tools };
  mkdirSync('reports', { recursive: true });
  const written = `${peersReportFile}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(report, null, 1)}\n`);
  renameSync(written, peersReportFile);
}

function readReport(): PeersReport {
  return existsSync(peersReportFile) ? JSON.parse(readFileSync(peersReportFile, 'utf8')) : { tools: [] };
}

function hasStruck({ trial: { moment }, verdict: { counts } }: Told): boolean {
  return counts[moment.aim] >= moment.nth;
}

function countEndings(found: readonly Found[]): Endings {
  const counted = endings.map((ending) => {
    const own = found.filter((one) => one.ending === ending);
    const silent = ending === 'back' ? [] : own.filter(({ said }) => said === 'done');
    return [ending, { trials: own.length, silent: silent.length }] as const;
  });
  return Object.fromEntries(counted.filter(([, { trials }]) => trials > 0));
}
