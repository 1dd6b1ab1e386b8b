import type { ObjectRef } from '../object-ref.ts';
import type { Ref } from '../outcome.ts';
import type { Owner, PauseReport, ResumeReport } from '../owner.ts';
import type { ResolvedRequest } from '../resolved-request.ts';
import type { AboutTarget } from './about-target.ts';

/** An owner to be paused, or let go again. */
export interface OwnerInput extends AboutTarget {
  readonly owner: ObjectRef;
  readonly uid: string;
  /** What stood where the pause is written; `null`: nothing. */
  readonly before: string | boolean | null;
}

export interface OwnerActivities {
  /** Whoever applies members of the target from a source of its own, active or not; reads only. */
  findOwners(
    input: AboutTarget & { readonly request: ResolvedRequest; readonly alsoMembersOf: Ref | null },
  ): Promise<readonly Owner[]>;
  /** Safe to repeat: a pause that is ours already is not written again. */
  pauseOwner(input: OwnerInput): Promise<PauseReport>;
  /** Takes our own pause back and reads it back; one that somebody else has made since stays. */
  resumeOwner(
    input: OwnerInput & {
      /** The pause never got a definite answer and may still land: then it is made void. */
      readonly unclear: boolean;
    },
  ): Promise<ResumeReport>;
}
