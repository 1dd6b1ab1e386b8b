import type { FailureMessage } from '../schema/messages.ts';

/** What a run knows about itself when a failure report arrives. */
export interface OwnDeploy {
  readonly guardId: string;
  readonly revision: string | null;
  /** Milliseconds; `null` before `deployed`. */
  readonly deployedAt: number | null;
  readonly seenKeys: readonly string[];
}

export type Whose = { readonly kind: 'ours' } | { readonly kind: 'seen' | 'not ours'; readonly why: string };

/**
 * All guards of an application share one workflow id, so a late report about deploy A would undo deploy B: a report
 * counts only when it names this guard, or its revision, or was observed after this deploy was done.
 */
export function whoseFailure(message: FailureMessage, own: OwnDeploy): Whose {
  if (own.seenKeys.includes(message.key)) return { kind: 'seen', why: `key ${message.key} was already seen` };
  const why = misaddressed(message, own);
  return why === null ? { kind: 'ours' } : { kind: 'not ours', why };
}

function misaddressed(message: FailureMessage, own: OwnDeploy): string | null {
  if (message.guardId) return message.guardId === own.guardId ? null : `it names guard ${message.guardId}`;
  if (message.revision) return message.revision === own.revision ? null : `it names revision ${message.revision}`;
  const observedAt = Date.parse(message.observedAt ?? '');
  if (own.deployedAt !== null && observedAt >= own.deployedAt) return null;
  return 'it was observed before this deploy was done';
}
