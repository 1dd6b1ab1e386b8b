import { assertNever } from '../domain/assert-never.ts';
import { commandsFor, type NextCommand } from '../domain/choices.ts';
import { isTold } from '../domain/is-told.ts';
import type { BlockedObject, RunResult } from '../schema/outcome.ts';
import type { ProgressLine } from '../schema/progress.ts';
import { clean, columns, fullWidth, rightAligned, tookText } from './columns.ts';
import type { CliEvent } from './events.ts';
import { planLines } from './plan-lines.ts';

const marks = { running: '…', done: '✔', warning: '!', failed: '✖' } as const;

/** The lines a person reads for one event. */
export function renderEvent(event: CliEvent, width: number = fullWidth): string[] {
  switch (event.event) {
    case 'started':
      return [header(event)];
    case 'progress':
      return [progressText(event, width)];
    case 'note':
      return [`· ${clean(event.text)}`];
    case 'request':
      return [clean(accessText(event))];
    case 'commandStarted':
      return [`▶ ${clean(event.command.join(' '))}`];
    case 'commandEnded':
      return [commandText(event, width)];
    case 'unready':
      return [columns({ mark: '✖', title: 'unready', text: clean(event.reason), right: `exit ${event.exit}` }, width)];
    case 'waiting':
      return waitingText(event, width);
    case 'ended':
      return endedText(event, width);
    case 'plan':
      return planLines(event, width);
    case 'error':
      return [];
    default:
      return assertNever(event);
  }
}

function accessText({ method, path, status, sender, answer, took }: Event<'request'>): string {
  const who = sender === null ? '' : ` · ${sender}`;
  const what = answer === null ? '' : ` · ${answer}`;
  return `${status} ${method} ${path}${who}${what} · ${tookText(took) ?? ''}`;
}

type Event<Name extends CliEvent['event']> = Extract<CliEvent, { event: Name }>;

function header({ application, environment, clusters, ui }: Event<'started'>): string {
  const where = clusters.length === 0 ? '' : ` · ${clusters.join(' ')}`;
  const name = `  ${application} · ${environment}${where}`;
  return ui === null ? name : `${name.padEnd(49)}  ${ui}`;
}

/** A short first part set off by a wide gap (`3f9c21      42 objects`) belongs to the title. */
export function progressText(line: ProgressLine, width: number, mark: string = marks[line.mark]): string {
  const [, head, rest] = /^(\S{1,12}) {3,}(.*)$/.exec(line.text) ?? [];
  const title = head === undefined ? line.title : `${line.title} ${head}`;
  return columns({ mark, title: clean(title), text: clean(rest ?? line.text), right: tookText(line.took) }, width);
}

function commandText({ command, how, took }: Event<'commandEnded'>, width: number): string {
  return rightAligned(`▶ ${clean(command.join(' '))} ${how}`, tookText(took), width);
}

function waitingText(event: Event<'waiting'>, width: number): string[] {
  const { decision, environment, application, phase, exit } = event;
  const goesOn =
    phase === 'waiting(hold)' || phase === 'waiting(approve)' ? '' : ' and goes on by itself when the cause goes away';
  return [
    rightAligned(`✖ ${phase}  ${clean(decision?.reason ?? 'for a person')}`, `exit ${exit}`, width),
    ...objectLines(decision?.objects ?? []),
    `  the guard keeps its lock${goesOn}; you may`,
    ...(decision ? commandLines(commandsFor(event, decision)) : []),
    `    belay status ${environment}/${application}`,
  ];
}

/** Each command with what it does; the longer ones have it below, so that they can be copied whole. */
export function commandLines(commands: readonly NextCommand[]): string[] {
  return commands.flatMap(({ command, does }) => [`    ${command}`, `      ${does}`]);
}

function objectLines(objects: readonly BlockedObject[]): string[] {
  return objects.map(({ target, object, expected, actual, why }) =>
    clean(`    ${target}/${object}  expected ${expected}, is ${actual}: ${why}`),
  );
}

function endedText({ result, took, exit }: Event<'ended'>, width: number): string[] {
  const lasted = tookText(took);
  const journal = result.journal === null ? '' : ` · journal ${result.journal.sequence}`;
  const outcome = `  ${result.outcome}${lasted === '' ? '' : ` in ${lasted}`}${journal}`;
  return [...reasonLines(result), rightAligned(outcome, `exit ${exit}`, width)];
}

function reasonLines(result: RunResult): string[] {
  const left = result.left.map((left) => clean(`  left  ${left.target}/${left.object}: ${left.reason}`));
  const reason = isTold(result.progress ?? [], result.reason) ? [] : [`  ${clean(result.reason)}`];
  const leases = (result.leases ?? []).map(({ cluster, lease, reason: why }) =>
    clean(`  not given back  ${cluster}/Lease/${lease}: ${why}`),
  );
  return [...reason, ...left, ...objectLines(result.blocked), ...leases];
}
