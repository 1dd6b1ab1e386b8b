import { Context } from '@temporalio/activity';
import type { Judgement } from '../src/domain/detect/judge-values.ts';
import { isPortError } from '../src/ports/port-error.ts';

/** Who has not answered for this long is no evidence either way; milliseconds. */
export const silenceAfter = 5000;

interface Silence {
  readonly name: string;
  /** The reason that is told of who does not answer. */
  readonly reason: string;
  /** Milliseconds. */
  readonly lasted: number;
}

/** What an error means that came instead of an answer; `null`: nothing yet. What is at fault itself does not pass. */
export function judgeSilence(error: unknown, { name, reason, lasted }: Silence): Judgement | null {
  if (Context.current().cancellationSignal.aborted) throw error;
  const isPassing = isPortError(error) && error.kind === 'unavailable';
  if (isPassing && lasted < silenceAfter) return null;
  const message = error instanceof Error ? error.message : String(error);
  const evidence = [{ object: name, reason: isPassing ? reason : 'CannotBeAsked', message }];
  return { verdict: 'inconclusive', evidence };
}
