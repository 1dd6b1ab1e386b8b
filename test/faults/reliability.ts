import { readFile, writeFile } from 'node:fs/promises';
import { type KillReport, killReportFiles } from '../kills/report.ts';
import { faultReportFile, type Report } from './campaign.ts';
import { type Cell, type Explored, together } from './explore.ts';
import { allKinds, type FaultKind, kindsOfFault } from './fault.ts';
import { holes } from './holes.ts';
import { describePeers, type PeersReport, peersReportFile } from './peers.ts';
import { seededBugs } from './seeded-bugs.ts';
import { explorations, summarize } from './summary.ts';
import { table } from './table.ts';

/** `docs/reliability.md`: what a campaign's report says, for people. */
export const reliabilityFile = 'docs/reliability.md';

/** What is published, each by a program of its own. */
export interface Reports {
  readonly faults: Report;
  readonly kills: Kills;
  readonly peers: PeersReport;
}

interface Kills {
  readonly sandbox: KillReport;
  /** Of the last full run. */
  readonly lab: KillReport;
}

/** As they were published last. */
export async function readReports(): Promise<Reports> {
  const read = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
  const kills = { sandbox: await read(killReportFiles.sandbox), lab: await read(killReportFiles.lab) };
  return { faults: await read(faultReportFile), kills, peers: await read(peersReportFile) };
}

export async function writeReliability(): Promise<void> {
  await writeFile(reliabilityFile, describeReliability(await readReports()));
}

export function describeReliability({ faults: report, kills, peers }: Reports): string {
  const { failed } = summarize(report);
  const all = together(explorations(report));
  return [
    '# Reliability',
    `Written by \`npm run test:faults -- --page\` from its report, \`reports/faults.json\` (profile: ${report.profile}); do not edit.`,
    '## The promise',
    promise,
    '## What was tried',
    tried(report),
    `${failed === 0 ? 'No promise was broken' : `**${failed} trials failed**`}, apart from the known holes below.`,
    '## Workers, Temporal, clusters and the store, for real',
    killed(kills.sandbox),
    '## On real API servers',
    killedInLab(kills.lab),
    '## The same trouble for other tools',
    describePeers(peers),
    '## Step by fault',
    'Alone and in pairs, on both worlds. ✓: every run kept every promise. ○ with a number: the known hole. ✗: broken. ·: not applicable. —: a hole in the tests, nothing was tried.',
    matrix(all),
    'Not applicable: an answer can only be lost, delayed or reported wrongly where the request changes something; only a cluster can be out of reach, busy, or written to by others; and where a step asks only the store or the journal, so do its faults.',
    '## Faults',
    table(
      ['fault', 'what happens'],
      allKinds.map((kind) => [kind, kindsOfFault[kind].says]),
    ),
    '## Known holes',
    holesIn(all),
    '## Seeded bugs',
    'Known ways to break atomicity, switched on in test code. Each must be noticed by a trial that keeps every promise without the bug.',
    bugs(report),
    '## What is not tried here',
    untried,
    '## How to run',
    howTo,
  ]
    .join('\n\n')
    .concat('\n');
}

const promise = `A restore ends in exactly one outcome, or stays open and tells a person what is where:

- \`restored\`: content and field ownership equal the baseline in every cluster, at one instant
- \`reverted\`: they equal what was there before the first write, in every cluster
- \`refused\`, \`cancelled\`: nothing was written
- else \`waiting(blocked)\`, with the list of all objects that are not, or not known to be, where they must go

Whatever was under way at the end changes nothing afterwards; what others wrote is never overwritten; nothing outside of
the plan is touched; the journal is ahead of every write; no object is written more than once more than needed for each
fault. All of it is judged by what is stored in the clusters, never by the engine's own account.`;

function tried({ singles, aftermath, pairs, modelCheck }: Report): string {
  const row = (name: string, { runs, outcomes }: Explored) => [name, String(runs), ends(outcomes)];
  return `${table(
    ['what', 'runs', 'how they ended'],
    [
      row('every single fault, model', singles.model),
      row('a write without an answer, and a second fault in what follows, model', aftermath),
      row(`pairs of faults, model, seeds ${pairs.seeds}`, pairs.model),
      row('placements of one or two faults, model check', modelCheck),
      row('single faults, sandbox', singles.sandbox),
      row('pairs of faults, sandbox', pairs.sandbox),
    ],
  )}

The *model* is clusters as maps and made-up time: every request of every step is open to faults, and what is side by side
takes turns in chosen orders. Each of its two clusters has five objects to put back. The model check went through
${modelCheck.states} distinct states. The *sandbox* is the real activities and the real client over pretend API servers.
The protocol is the same code in both, and in production.`;
}

function killed(report: KillReport): string {
  return `${report.trials} bad deploys of a small application to three sandbox clusters, guarded by \`belay worker\` as a process of its
own on a real Temporal dev server that keeps its runs in a file. In each, something goes wrong at one of the run's requests,
of which there are about ${report.requests}; which one is drawn by seed: one of the first 85 % of the shortest run seen, or,
in about one of eight, the first that reads or that writes to a Lease when all is as it shall be. The store's trials begin before the
failure, in the commit, in the compensation and at the proof by turns. One write of every fourth deploy is forbidden, so that it has to be
taken back; a run that says it cannot take back a write without an answer while that is so, gets the right. Judged by what
the clusters hold, before and after everything that was held back or asleep was let go, by the Leases, and by the number of
writes. ${verdictOf(report)}${missed(report)}

What is damaged is every snapshot, part, plan and object of the store, or every record of its journals, until the run has
ended or waits for a person. A run that cannot go on without them has to say that it waits. A full disk and a clock that was
set are pretended inside the worker: whatever it opens for writing fails with ENOSPC, its wall clock is an hour off.

${struck(report)}`;
}

/** Such runs fail the tests, and have an outcome all the same. */
function missed({ trials, rows }: KillReport): string {
  const count = trials - rows.reduce((sum, { fired }) => sum + fired, 0);
  return count === 0
    ? ''
    : ` In ${count} of them the run was over before anything went wrong: they are not among the times.`;
}

function killedInLab(report: KillReport): string {
  return `${report.trials} of the same deploys to three clusters of kube-apiserver, etcd and kube-controller-manager, in full runs only.
The faults are in TLS servers of the tests that stand before the API servers with their certificates; a changed certificate
counts when the engine has turned it away. ${verdictOf(report)}

${struck(report)}`;
}

function verdictOf({ rows }: KillReport): string {
  const broken = rows.flatMap(({ violations }) => violations);
  return broken.length === 0
    ? 'No promise was broken, apart from the known holes below.'
    : `**Broken at seeds ${broken.join(', ')}.**`;
}

function struck({ rows }: KillReport): string {
  const lines = rows.map(({ name, fired, outcomes, known }) => [
    name,
    String(fired),
    `${ends(outcomes)}${known > 0 ? `; ○ ${known}: late creation` : ''}`,
  ]);
  return table(['what goes wrong', 'times', 'how the runs ended'], lines);
}

function ends(outcomes: Explored['outcomes']): string {
  return Object.entries(outcomes)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([outcome, count]) => `${count} ${outcome === 'none' ? 'without end' : outcome}`)
    .join(', ');
}

function matrix({ cells }: Explored): string {
  const steps = Object.keys(cells).sort();
  const rows = steps.map((step) => [`\`${step}\``, ...allKinds.map((kind) => mark(step, kind, cells[step]?.[kind]))]);
  return table(['', ...allKinds], rows);
}

function mark(step: string, kind: FaultKind, cell: Cell | undefined): string {
  if (!cell) return isApplicable(step, kind) ? '—' : '·';
  if (cell.violations > 0) return `✗ ${cell.violations}`;
  const numbers = cell.holes.map((name) => holes.findIndex((hole) => hole.name === name) + 1);
  return numbers.length > 0 ? `○ ${numbers.join(' ')}` : `✓ ${cell.fired}`;
}

/** What each step asks for. */
const asks: Readonly<Record<string, readonly string[]>> = {
  record: ['journal'],
  sealSnapshot: ['store'],
  checkSnapshot: ['store'],
  takeSnapshot: ['read', 'store'],
  planRestore: ['read', 'store'],
  proveBatch: ['prove', 'store'],
  identifyCluster: ['read'],
  quiesce: ['read'],
  awaitHealthy: ['read', 'store'],
  verifyTarget: ['read', 'store'],
  writeBatch: ['read', 'write', 'store'],
  undoBatch: ['read', 'write', 'delete', 'store'],
  deleteBatch: ['read', 'delete', 'store'],
};

function isApplicable(step: string, kind: FaultKind): boolean {
  return kindsOfFault[kind].strikes.some((verb) => asks[step]?.includes(verb));
}

function holesIn({ known }: Explored): string {
  if (holes.length === 0) return 'None.';
  const rows = holes.map(({ name, says }, index) => {
    const found = known[name];
    return [String(index + 1), name, says, `${found?.runs ?? 0} runs`, found?.example.faults.join(' + ') ?? 'none'];
  });
  return table(['', 'hole', 'what is not kept', 'seen in', 'for example'], rows);
}

function bugs({ bugs: caught }: Report): string {
  const rows = Object.entries(seededBugs).map(([bug, says]) => {
    const found = caught[bug as keyof typeof seededBugs];
    if (!found) return [bug, says, '**not caught**', ''];
    return [bug, says, `${found.invariant}: ${found.says}`, found.faults.join(' + ') || 'no fault at all'];
  });
  return table(['bug', 'what it does', 'noticed by', 'when'], rows);
}

const untried = `Owners (Flux, Argo CD) and the healing of pods are not in either world; tests of their own hold them. \`quiesce\` waits in
real time and is left out of the sandbox. Temporal's file is never damaged, its clock never set, and what pods do is
pretended on every cluster.`;

const howTo = `\`\`\`sh
npm run test:faults                      # everything
npm run test:faults -- --quick --page    # a part, and this page from its report
npm run test:faults -- --seed 7          # one pair on the model again
BELAY_KILL_SEEDS=7@312 npx vitest run --project kills  # one deploy again, struck at that request; several with commas
BELAY_KILL_SEEDS=7 npx vitest run --project lab-kills  # the same on real API servers
npm run build && npx tsx bench/peers.ts  # other tools; reports/peers.json
npm run test:faults -- --page-only       # this page from the reports as they are
\`\`\`

Everything is explored while \`kills\` runs beside it, then \`lab-kills\`, and a cancel before every step; the quick profile
leaves these two out. The
reports are \`reports/faults.json\`, \`reports/kills.json\` and \`reports/kills-lab.json\`; \`bench/peers.ts\` takes how many trials per
trouble (default 20) and which of \`helm\`, \`kubectl\`, \`belay\`.

The code is in \`test/faults\`, whose \`explore.ts\` says how it goes together, and in \`test/kills\`.`;
