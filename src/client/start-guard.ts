import { guardWorkflowId } from '../../workflows/messages.ts';
import type { GuardRequest } from '../schema/guard-spec.ts';
import type { StatusView } from '../schema/status.ts';
import { awaitReady, type Readiness, type ReadyOptions } from './await-ready.ts';
import type { BelayClient } from './connect.ts';
import type { GuardRun, GuardState } from './guard-state.ts';
import { openGuard } from './open-guard.ts';

export interface StartOptions {
  /** Milliseconds for both: until the guard is started, and until it is ready. */
  readonly readyTimeout: number;
  /** Who deploys. */
  readonly by: string;
  /** Gives up early, as the timeout does. */
  readonly signal?: AbortSignal;
  readonly onView?: (view: StatusView) => void;
  readonly onNote?: (text: string) => void;
}

export type GuardStart =
  /** Deploy now. */
  | { readonly kind: 'ready'; readonly run: GuardRun; readonly view: StatusView }
  /** Attached to a guard of the same id that is past deploying: only follow it. */
  | { readonly kind: 'passed'; readonly run: GuardRun; readonly view: StatusView }
  | { readonly kind: 'closed'; readonly run: GuardRun; readonly end: GuardState & { kind: 'ended' | 'failed' } }
  /** Do not deploy. A guard that was started has been told so. */
  | { readonly kind: 'unready'; readonly run: GuardRun | null; readonly reason: string };

/** Starts a guard and waits until the deploy may begin. Throws `ClientError`, also when a guard could not be told to stop. */
export async function startGuard(
  belay: BelayClient,
  request: GuardRequest,
  options: StartOptions,
): Promise<GuardStart> {
  const deadline = Date.now() + options.readyTimeout;
  const opened = await openGuard(belay, request, { ...options, deadline });
  if (opened.kind === 'busy') return { kind: 'unready', run: null, reason: `busy: ${opened.reason}` };
  if (opened.kind === 'aborted')
    return { kind: 'unready', run: null, reason: `interrupted before ${guardWorkflowId(request)} was started` };
  const { run } = opened;
  return withRun(run, await awaitReady(belay, run, readyOptions(options, deadline)));
}

function withRun(run: GuardRun, readiness: Readiness): GuardStart {
  return { ...readiness, run };
}

function readyOptions(options: StartOptions, deadline: number): ReadyOptions {
  const { by, signal, onView, onNote, readyTimeout } = options;
  return { by, signal, onView, onNote, deadline, readyTimeout };
}
