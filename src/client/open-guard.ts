import { guardWorkflowId, supersedeSignal, workflowQueue } from '../../workflows/messages.ts';
import type { GuardRequest } from '../schema/guard-spec.ts';
import type { Phase } from '../schema/outcome.ts';
import type { StatusView } from '../schema/status.ts';
import type { BelayClient } from './connect.ts';
import { isNamed, isTransient } from './grpc-errors.ts';
import { describeRun, firstRunId, type GuardRun, queryOpenRun, within } from './guard-state.ts';
import { send } from './messages.ts';
import { pause, unreachable } from './patience.ts';

export interface OpenOptions {
  /** `Date.now()` after which the application counts as busy. */
  readonly deadline: number;
  /** Who deploys: told to the guard that is superseded. */
  readonly by: string;
  readonly signal?: AbortSignal | undefined;
  readonly onNote?: ((text: string) => void) | undefined;
}

export type Opened =
  | { readonly kind: 'open'; readonly run: GuardRun }
  /** Another run holds the application and does not make room. */
  | { readonly kind: 'busy'; readonly reason: string }
  | { readonly kind: 'aborted' };

/** These make room for a newer deploy; in all others somebody's objects are being put back. */
const supersedable: readonly Phase[] = ['preparing', 'guarding', 'watching'];

/** Starts the guard, asking an open one to make room, once a second. Throws `ClientError` `unreachable`. */
export async function openGuard(belay: BelayClient, request: GuardRequest, options: OpenOptions): Promise<Opened> {
  const asked = new Set<string>();
  let failure: unknown;
  let reason = 'another run of this application is open';
  do {
    const attempt = await tryToOpen(belay, request, options, asked).catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      failure = error;
    });
    if (attempt?.kind === 'open') return attempt;
    if (attempt?.kind === 'busy') ({ reason } = attempt);
    if (attempt !== undefined) failure = undefined;
    await pause(Math.min(1000, Math.max(0, options.deadline - Date.now())), options.signal);
    if (options.signal?.aborted) return { kind: 'aborted' };
  } while (Date.now() < options.deadline);
  if (failure !== undefined) throw unreachable(failure);
  return { kind: 'busy', reason };
}

async function tryToOpen(
  belay: BelayClient,
  request: GuardRequest,
  options: OpenOptions,
  asked: Set<string>,
): Promise<Exclude<Opened, { kind: 'aborted' }>> {
  try {
    return { kind: 'open', run: await start(belay, request) };
  } catch (error) {
    if (!isNamed(error, 'WorkflowExecutionAlreadyStartedError')) throw error;
    return (await attach(belay, request)) ?? askToMakeRoom(belay, request, options, asked);
  }
}

async function start(belay: BelayClient, request: GuardRequest): Promise<GuardRun> {
  const workflowId = guardWorkflowId(request);
  const handle = await within(belay, 10_000, () =>
    belay.temporal.workflow.start('guardDeploy', {
      workflowId,
      taskQueue: workflowQueue,
      args: [request],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: summaryOf(request),
      staticDetails: detailsOf(request),
    }),
  );
  return { workflowId, guardId: request.guardId, runId: handle.firstExecutionRunId };
}

/** Ours, from an attempt whose answer got lost, or from a door that died. */
async function attach(belay: BelayClient, request: GuardRequest): Promise<(Opened & { kind: 'open' }) | undefined> {
  const workflowId = guardWorkflowId(request);
  const open = await queryOpenRun(belay, workflowId);
  if (open.kind !== 'view' || open.view.guardId !== request.guardId) return undefined;
  const latest = await describeRun(belay, workflowId);
  if (latest === undefined) return undefined;
  return { kind: 'open', run: { workflowId, guardId: request.guardId, runId: firstRunId(latest) } };
}

async function askToMakeRoom(
  belay: BelayClient,
  request: GuardRequest,
  options: OpenOptions,
  asked: Set<string>,
): Promise<{ kind: 'busy'; reason: string }> {
  const workflowId = guardWorkflowId(request);
  const open = await queryOpenRun(belay, workflowId);
  const holder = open.kind === 'view' ? open.view : undefined;
  const name = holder?.guardId ?? 'unknown';
  if (!asked.has(name) && (holder === undefined || makesRoom(holder))) {
    const reason = `a newer deploy${request.revision === undefined ? '' : ` of ${request.revision}`}`;
    await send(belay, { workflowId }, supersedeSignal, { guardId: request.guardId, by: options.by, reason });
    asked.add(name);
    options.onNote?.(`asked the open guard ${name} to make room`);
  }
  return { kind: 'busy', reason: whyBusy(holder) };
}

function makesRoom(holder: StatusView): boolean {
  return holder.type === 'guardDeploy' && supersedable.includes(holder.phase);
}

function whyBusy(holder: StatusView | undefined): string {
  if (holder === undefined) return 'another run of this application is open and does not answer';
  const what = holder.type === 'rollBack' ? 'a rollback' : 'another guard';
  return `${what} of this application is open (${holder.phase}, ${holder.guardId})`;
}

/** The server allows 400 bytes, encrypted ones counted. */
const longestSummary = 150;

function summaryOf(request: GuardRequest): string {
  const clusters = [...new Set(request.targets.map((target) => target.cluster))].join(' ');
  const revision = request.revision === undefined ? '' : ` ${request.revision}`;
  return `guard ${request.application}${revision} in ${request.environment}: ${clusters}`.slice(0, longestSummary);
}

function detailsOf(request: GuardRequest): string {
  return request.targets
    .slice(0, 50)
    .map(({ cluster, namespace }) => `- ${cluster}: namespace ${namespace}`)
    .join('\n');
}
