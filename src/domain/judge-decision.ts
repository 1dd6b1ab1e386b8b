import type { Choice } from '../schema/messages.ts';
import type { OpenDecision } from '../schema/status.ts';
import { shownDigits } from './choices.ts';

/** A person's answer to a wait. */
export interface Answer {
  readonly choice: Choice;
  readonly by: string;
  readonly reason: string;
  /** With `skip` only. */
  readonly object?: string | undefined;
  /** Which wait is meant; missing: whichever is open. */
  readonly step?: string | undefined;
  /** With `approve` only. */
  readonly planDigest?: string | undefined;
}

/** What an answer is held against. */
export interface Standing {
  readonly open: OpenDecision | null;
  /** Given to the open wait already, but not acted upon yet. */
  readonly given: Pick<Answer, 'choice' | 'by'> | null;
  readonly last: { readonly choice: string; readonly by: string } | null;
}

/** Why an answer cannot be taken, naming the field and what to do instead; `null`: it can. The first answer counts. */
export function whyNotTaken(answer: Answer, { open, given, last }: Standing): string | null {
  if (!open) {
    const before = last ? `; the last decision was "${last.choice}" by ${last.by}` : '';
    return `nothing waits for a decision${before}`;
  }
  if (given) return `"decision": ${given.by} has just decided "${given.choice}"; look at "belay status"`;
  if (answer.step && answer.step !== open.step)
    return `"step": ${answer.step} is over; what waits now is ${open.step}, look at "belay status"`;
  if (!open.choices.includes(answer.choice)) return notOffered(answer.choice, open);
  return whyWrongObject(answer, open) ?? whyWrongPlan(answer, open);
}

function notOffered(choice: Choice, { choices, reason }: OpenDecision): string {
  const hint = hints[choice];
  return `"decision": "${choice}" is not offered here (${reason}); choose one of ${choices.join(', ')}${hint ? `: ${hint}` : ''}`;
}

const hints: Readonly<Partial<Record<Choice, string>>> = {
  revert: 'only what was written before the pivot can be taken back',
  skip: 'an object can only be left while the baseline is written, and when nothing that was sent to it can still land',
  accept: 'only health, or a failed deploy that nothing was written against, can be accepted',
  approve: 'no plan waits for approval',
  resume: 'nothing is held',
};

function whyWrongObject({ choice, object }: Answer, { skippable }: OpenDecision): string | null {
  if (choice !== 'skip') return object ? `"object": only "skip" is about one object; leave it out` : null;
  if (object && skippable.includes(object)) return null;
  return `"object": ${object ? `${object} is not among what may be left` : 'say which object is to be left'}; name one of ${skippable.join(', ')}`;
}

function whyWrongPlan({ choice, planDigest }: Answer, open: OpenDecision): string | null {
  if (choice !== 'approve' || (planDigest && open.planDigest?.startsWith(planDigest))) return null;
  return `"planDigest": ${planDigest} is not the plan that waits (${open.planDigest?.slice(0, shownDigits)}); look at it again and approve that`;
}
