import type { Report } from './campaign.ts';
import { type Explored, type Finding, together } from './explore.ts';
import { holes } from './holes.ts';
import type { SeededBug } from './seeded-bugs.ts';

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  /** Everything that failed, one line each. */
  readonly lines: readonly string[];
}

export function explorations({ singles, aftermath, pairs, modelCheck }: Report): readonly Explored[] {
  return [singles.model, singles.sandbox, aftermath, pairs.model, pairs.sandbox, modelCheck];
}

function findingsOf(report: Report): readonly Finding[] {
  return explorations(report).flatMap(({ findings }) => findings);
}

/** A run counts as passed when it kept every promise but those of a known hole; a seeded bug, when it was caught. */
export function summarize(report: Report): Summary {
  const runs = explorations(report).reduce((sum, part) => sum + part.runs, 0);
  const broken = findingsOf(report);
  const brokenRuns = new Set(broken.map(trialOf)).size;
  const missed = (Object.keys(report.bugs) as SeededBug[]).filter((bug) => report.bugs[bug] === null);
  const closed = closedHoles(report);
  return {
    passed: runs - brokenRuns + Object.keys(report.bugs).length - missed.length + holes.length - closed.length,
    failed: brokenRuns + missed.length + closed.length,
    lines: [
      ...broken.map((finding) => `VIOLATION ${finding.invariant} ${finding.says}: ${trialOf(finding)}`),
      ...missed.map((bug) => `NOT CAUGHT ${bug}`),
      ...closed.map((name) => `CLOSED HOLE ${name}: take it off test/faults/holes.ts`),
    ],
  };
}

function trialOf({ scenario, order, faults }: Finding): string {
  return `${scenario}, ${order.kind}${order.kind === 'random' ? ` ${order.seed}` : ''}: ${faults.join(' + ')}`;
}

/** Holes that did not show. */
function closedHoles(report: Report): readonly string[] {
  const { known } = together(explorations(report));
  return holes.map(({ name }) => name).filter((name) => !known[name]);
}
