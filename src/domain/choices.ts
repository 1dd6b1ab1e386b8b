import type { Choice, Resolution } from '../schema/messages.ts';
import type { OpenDecision, StatusView } from '../schema/status.ts';

export const resolutions: readonly Resolution[] = ['retry', 'revert', 'skip', 'accept', 'abandon'];

/** Something a person may do next, as a line for a shell. */
export interface NextCommand {
  readonly command: string;
  readonly does: string;
}

interface Name {
  readonly environment: string;
  readonly application: string;
}

type Wait = Pick<OpenDecision, 'kind' | 'choices' | 'skippable' | 'planDigest'>;

/** As much of a digest as a person is asked to type. */
export const shownDigits = 16;

/** The commands that answer a wait. */
export function commandsFor(name: Name, wait: Wait): NextCommand[] {
  return wait.choices.flatMap((choice) => commandsOf(choice, name, wait));
}

/** The commands that fit a run's state: where nothing waits, what a person may still have done otherwise. */
export function nextCommands(view: Pick<StatusView, 'phase' | 'decision' | 'held' | 'mayHold'> & Name): NextCommand[] {
  if (view.decision) return commandsFor(view, view.decision);
  const place = placeOf(view);
  const hold = view.held
    ? { command: `belay resume ${place} ${why}`, does: `restore after all when it fails; held by ${view.held.by}` }
    : { command: `belay hold ${place} ${why}`, does: 'restore nothing before somebody says so' };
  const rollback = { command: `belay rollback ${place} ${why}`, does: 'put it back now' };
  const isWatched = view.phase === 'guarding' || view.phase === 'watching';
  return [...(view.mayHold ? [hold] : []), ...(isWatched ? [rollback] : [])];
}

const by = '--by <you>';
const why = `${by} --reason <why>`;

function placeOf({ environment, application }: Name): string {
  return `${environment}/${application}`;
}

const mostObjects = 5;

function commandsOf(choice: Choice, name: Name, wait: Wait): NextCommand[] {
  const place = placeOf(name);
  const does = meaningOf(choice, wait);
  switch (choice) {
    case 'approve':
      return [{ command: `belay approve ${place} --digest ${wait.planDigest?.slice(0, shownDigits)} ${by}`, does }];
    case 'resume':
      return [{ command: `belay resume ${place} ${why}`, does }];
    case 'skip':
      return wait.skippable
        .slice(0, mostObjects)
        .map((object) => ({ command: `belay resolve ${place} skip --object ${object} ${why}`, does }));
    default:
      return [{ command: `belay resolve ${place} ${choice} ${why}`, does }];
  }
}

function meaningOf(choice: Choice, { kind }: Pick<Wait, 'kind'>): string {
  if (choice === 'retry' && kind === 'approve') return 'make the plan anew';
  if (choice === 'accept' && kind === 'unhealthy') return 'its health is good enough as it is';
  return meanings[choice];
}

const meanings: Readonly<Record<Choice, string>> = {
  approve: 'restore by this plan',
  resume: 'go on and restore',
  retry: 'try again now',
  revert: 'write the failed state back everywhere',
  skip: 'leave this object as it is; the outcome names it and you',
  accept: 'keep the failed deploy as it is: outcome held',
  abandon: 'close the run with everything as it is now',
};
