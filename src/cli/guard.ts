import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { type ApplicationName, pushFailure, type ReportAnswer } from '../client/index.ts';
import { ConfigError, loadGuardFile } from '../config.ts';
import { parseApplication, parseName, whoAmI } from './arguments.ts';
import { type CommonOptions, configOf, runCommand, withClient } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

interface FailOptions extends CommonOptions {
  readonly file?: string;
  readonly application?: string;
  readonly environment?: string;
  readonly reason: string;
  readonly source?: string;
  readonly key?: string;
  readonly observedAt?: string;
}

const help = `
Examples:
  $ belay guard fail -f guard.yaml --reason "smoke test failed"
  $ belay guard fail --environment production --application shop --reason "checkout is slow" --observed-at 2026-01-31T10:00:00Z

The open guard takes it as a failure of the deploy, if that was done when it was observed, and goes by its "onFailure".
Exit codes: 0 accepted, or reported before with the same key; 2 no guard takes it, nothing was done; 1 Belay failed.`;

export function addGuard(program: Command): void {
  program
    .command('guard')
    .description('Tell an open guard something')
    .command('fail')
    .description('Report that the deploy under guard fails')
    .option('-f, --file <guard.yaml>', 'which application', parseName)
    .option('--application <name>', 'which application, without a file', parseName)
    .option('--environment <name>', 'where it runs, without a file', parseName)
    .requiredOption('--reason <why>', 'what is wrong; kept in the record', parseName)
    .option('--source <who>', 'who reports it; you unless given', parseName)
    .option('--key <key>', 'the same key again is the same report', parseName)
    .option('--observed-at <time>', 'since when it fails; now unless given', parseTime)
    .option('--config <belay.yaml>', 'where Temporal is')
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((options: FailOptions) => runCommand(options, (output) => fail(options, output)));
}

async function fail(options: FailOptions, output: Output): Promise<number> {
  const config = await configOf(options);
  const name = await nameOf(options);
  const { reason, source = whoAmI(), key = randomUUID(), observedAt = new Date().toISOString() } = options;
  const report = { reason, source, key, observedAt };
  const answer = await withClient(config, (belay) => pushFailure(belay, name, report));
  output.emit({ event: 'note', text: textOf(answer, name) });
  return answer.kind === 'accepted' || answer.kind === 'kept' || answer.kind === 'duplicate' ? 0 : exitCodes.wrongInput;
}

async function nameOf({ file, application, environment }: FailOptions): Promise<ApplicationName> {
  const isNamed = application !== undefined && environment !== undefined;
  const isHalf = (application === undefined) !== (environment === undefined);
  if (isHalf || isNamed === (file !== undefined)) {
    const fix = 'give either -f <guard.yaml>, or both --environment and --application';
    throw new ConfigError([{ file: 'belay guard fail', place: null, field: '', what: 'which application?', fix }]);
  }
  if (file !== undefined) return (await loadGuardFile(file)).spec;
  return checkName(`${environment}/${application}`);
}

function checkName(name: string): ApplicationName {
  try {
    return parseApplication(name);
  } catch {
    const fix = 'write lower-case letters, digits and "-", at most 63 of them, such as production and shop';
    const field = '--environment, --application';
    throw new ConfigError([{ file: 'belay guard fail', place: null, field, what: `${name} is not allowed`, fix }]);
  }
}

function parseTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('write a time such as 2026-01-31T10:00:00Z');
  return new Date(time).toISOString();
}

function textOf(answer: ReportAnswer, { environment, application }: ApplicationName): string {
  const what = `${environment}/${application}`;
  switch (answer.kind) {
    case 'accepted':
      return answer.why === null ? `accepted: the deploy of ${what} counts as failed` : `accepted: ${answer.why}`;
    case 'kept':
      return `accepted: Temporal keeps it for the guard of ${what}, whose worker has not answered yet`;
    case 'duplicate':
      return `duplicate: ${answer.why}`;
    case 'ignored':
      return `not this deploy: ${answer.why}`;
    case 'ended':
      return `ended: the guard of ${what} is over (${answer.outcome ?? 'without an outcome'}: ${answer.reason})`;
    case 'noGuard':
      return `no guard: none of ${what} is known`;
  }
}
