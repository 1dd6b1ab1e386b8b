import type { Command } from 'commander';
import type { ApplicationName } from '../client/index.ts';
import type { JournalFinding, JournalRecord } from '../schema/journal.ts';
import { parseApplication } from './arguments.ts';
import { clean } from './columns.ts';
import { type CommonOptions, configOf, runCommand } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { headOnLeases } from './heads.ts';

interface HistoryOptions extends CommonOptions {
  readonly verify?: boolean;
}

const help = `
Example:
  $ belay history production/shop --verify

Reads the store and needs its keys, not Temporal. With --verify every record's chain and seal are checked and each
finding is printed; exit 1 when there is one. The application's Leases know where the journal ends: those in clusters of
belay.yaml that answer are asked, so that records cut off at the end are missed, too.`;

export function addHistory(program: Command): void {
  program
    .command('history')
    .description('Show the journal of an application: what happened, when, by whom and why')
    .argument('<environment/application>', 'which application', parseApplication)
    .option('--verify', 'check that nothing was changed, removed or cut off')
    .option('--config <belay.yaml>', 'where the store is')
    .option('--json', 'print one JSON object per record')
    .addHelpText('after', help)
    .action((name: ApplicationName, options: HistoryOptions) => runCommand(options, () => history(name, options)));
}

async function history(name: ApplicationName, options: HistoryOptions): Promise<number> {
  const config = await configOf(options);
  // Loaded only here: the other commands should not wait for what they do not use.
  const { wireStores } = await import('../wire.ts');
  const { journal } = await wireStores(config);
  const print = (value: object, line: string) =>
    process.stdout.write(`${options.json ? JSON.stringify(value) : line}\n`);
  if (options.verify === true)
    return tellFindings(await journal.verify(name, await headOnLeases(config, name, journal)), print);
  const records = await journal.read(name);
  for (const record of records) print({ event: 'record', record }, recordLine(record));
  if (records.length === 0)
    process.stderr.write(`belay: the journal of ${name.environment}/${name.application} is empty\n`);
  return 0;
}

type Print = (value: object, line: string) => unknown;

function tellFindings(findings: readonly JournalFinding[], print: Print): number {
  for (const finding of findings) print({ event: 'finding', ...finding }, `✖ ${findingText(finding)}`);
  if (findings.length === 0) print({ event: 'verified' }, '✔ every record is there, in order and as it was written');
  return findings.length === 0 ? 0 : exitCodes.failed;
}

function findingText(finding: JournalFinding): string {
  switch (finding.kind) {
    case 'gap':
      return `record ${finding.sequence} is missing`;
    case 'missing tail':
      return `the journal ends at record ${finding.found}, record ${finding.expected} has been seen`;
    default:
      return `record ${finding.sequence} is ${finding.kind}: ${finding.reason}`;
  }
}

function recordLine({ sequence, at, event, who, why, data }: JournalRecord): string {
  const outcome = event === 'outcome' && typeof data.outcome === 'string' ? ` ${data.outcome}` : '';
  const person = who === null ? '' : ` by ${who}`;
  const reason = why === null ? '' : `: ${why}`;
  return clean(
    `${String(sequence).padStart(4)}  ${at}  ${`${event}${outcome}`.padEnd(18)}${person}${reason}`,
  ).trimEnd();
}
