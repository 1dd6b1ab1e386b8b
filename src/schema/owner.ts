import { z } from 'zod';
import type { ObjectRef } from './object-ref.ts';

/**
 * - `refuse`: nothing is restored while an owner is active; the reason names it
 * - `pause`: it is paused before anything is restored, and stays so after `restored`
 * - `ignore`: it is left alone; what it changes is reported, never fought over
 */
const ownerPolicies = ['refuse', 'pause', 'ignore'] as const;
export type OwnerPolicy = (typeof ownerPolicies)[number];

export const ownerPolicySchema = z.enum(ownerPolicies);

/** A resource of a GitOps tool that applies members of a target from a source of its own, over and over. */
export interface Owner {
  readonly tool: 'Flux' | 'Argo CD';
  /** Without a namespace where no mark says it and none was found. */
  readonly ref: ObjectRef;
  /** How it was recognised, for people. */
  readonly via: string;
  readonly state:
    | {
        readonly kind: 'active';
        readonly uid: string;
        /** What stands where a pause is written; `null`: nothing. */
        readonly before: string | boolean | null;
        /** Whether this worker may update it. */
        readonly mayPause: boolean;
      }
    /** Suspended, or without automated sync: it does nothing by itself. */
    | { readonly kind: 'resting' }
    /** It cannot be read, or is not in this cluster: nobody can tell whether it is active. */
    | { readonly kind: 'unknown'; readonly why: string };
}

export type PauseReport =
  | { readonly kind: 'paused' }
  /** Somebody else did, in between: not ours to undo. */
  | { readonly kind: 'paused by others' }
  | { readonly kind: 'failed'; readonly reason: string };

export type ResumeReport =
  | { readonly kind: 'resumed' }
  /** It was not paused; nothing was left to undo. */
  | { readonly kind: 'already' }
  | { readonly kind: 'left'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };
