import type { ApplicationName, ApplicationStatus } from '../client/index.ts';
import { nextCommands } from '../domain/choices.ts';
import { besides } from '../domain/describe-not-assessed.ts';
import { describeSeen, nameOfSource } from '../domain/describe-source.ts';
import type { SourceView, StatusView, TargetView } from '../schema/status.ts';
import { clean, columns, fullWidth } from './columns.ts';
import { exitCodeOf } from './exit-codes.ts';
import { commandLines, progressText, renderEvent } from './render.ts';

/** What `belay status` prints. */
export function statusLines(name: ApplicationName, found: ApplicationStatus, ui: string | null): string[] {
  const title = `  ${name.application} · ${name.environment}`;
  const header = ui === null || found.kind === 'none' ? title : `${title.padEnd(49)}  ${ui}`;
  return [header, ...bodyLines(name, found)];
}

function bodyLines(name: ApplicationName, found: ApplicationStatus): string[] {
  switch (found.kind) {
    case 'none':
      return ['  no run is known here; "belay history" shows what the journal holds'];
    case 'silent':
      return [`  open, but nobody answers for it: ${clean(found.reason)}`];
    case 'closed':
      return closedLines(name, found.end);
    case 'open':
      return openLines(name, found.view);
  }
}

function closedLines(
  { environment, application }: ApplicationName,
  end: Extract<ApplicationStatus, { kind: 'closed' }>['end'],
): string[] {
  if (end.kind === 'failed') {
    if (end.how === 'rejected') return [`✖ the request was rejected: ${clean(end.reason)}`];
    const command = `belay rollback ${environment}/${application} --recover --by you --reason why`;
    return [`✖ the run ended without an outcome: ${clean(end.reason)}`, `  "${command}" finishes it`];
  }
  const { result, closedAt } = end;
  const when = closedAt === null ? [] : [`  closed ${closedAt.toISOString()}, guard ${result.guardId}`];
  const exit = exitCodeOf(result.outcome, 0);
  // The last line says the outcome.
  const story = (result.progress ?? []).filter((line) => line.key !== 'outcome');
  return [
    ...when,
    ...story.map((line) => progressText(line, fullWidth)),
    ...renderEvent({ event: 'ended', result, took: null, exit }),
  ];
}

function openLines(name: ApplicationName, view: StatusView): string[] {
  const revision = view.revision === null ? '' : ` · ${view.revision}`;
  return [
    `  ${view.type} ${view.phase} · guard ${view.guardId}${clean(revision)}`,
    ...view.targets.map(targetLine),
    ...(view.sources ?? []).flatMap(sourceLines),
    ...view.progress.map((line) => progressText(line, fullWidth)),
    ...view.timeline.slice(-5).map(({ at, text }) => `· ${at} ${clean(text)}`),
    ...(view.phase.startsWith('waiting') ? waitingLines(name, view) : nextLines(view)),
  ];
}

function targetLine({ id, verdict, notAssessed, evidence, written, healthy, verified }: TargetView): string {
  const facts = [
    verdict === null ? 'not watched yet' : `${verdict}${besides(notAssessed)}`,
    written === null ? '' : `written ${written.done}/${written.of}`,
    healthy === null ? '' : healthy ? 'healthy' : 'not healthy',
    verified === null ? '' : verified ? 'verified' : 'not verified',
    ...evidence.slice(0, 2).map(({ object, reason, message }) => clean(`${object} ${reason}: ${message}`)),
  ];
  return columns({ mark: ' ', title: id, text: facts.filter((fact) => fact !== '').join(' · '), right: '' });
}

function sourceLines(source: SourceView): string[] {
  const facts = [source.verdict ?? 'not watched yet', clean(describeSeen(source))].filter((fact) => fact !== '');
  const log = source.log?.split('\n') ?? [];
  return [
    columns({ mark: ' ', title: nameOfSource(source), text: facts.join(' · '), right: '' }),
    ...log.map((line) => `    │ ${clean(line)}`),
  ];
}

function nextLines(view: StatusView): string[] {
  const commands = nextCommands(view);
  return commands.length === 0 ? [] : ['  you may', ...commandLines(commands)];
}

function waitingLines({ environment, application }: ApplicationName, { phase, decision }: StatusView): string[] {
  return renderEvent({ event: 'waiting', environment, application, phase, decision, exit: 14 });
}
