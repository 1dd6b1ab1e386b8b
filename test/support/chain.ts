import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** One run of a chain of continue-as-new, as the server has stored it. */
export interface ChainRun {
  readonly events: number;
  /** Payloads of the signals of one name, as text and in order. */
  readonly signals: readonly string[];
  /** Texts of the timeline that it handed on; `null`: it is the last one. */
  readonly handedOn: readonly string[] | null;
}

type History = temporal.api.history.v1.IHistory;
type Ended = temporal.api.history.v1.IHistoryEvent['workflowExecutionContinuedAsNewEventAttributes'];

const mostRuns = 100;

/** The run and all that it has continued as. */
export async function readChain(
  client: Client,
  first: { readonly workflowId: string; readonly runId: string },
  signalName: string,
): Promise<readonly ChainRun[]> {
  const runs: ChainRun[] = [];
  for (let runId: string | undefined = first.runId; runId && runs.length < mostRuns; ) {
    const { events }: History = await client.workflow.getHandle(first.workflowId, runId).fetchHistory();
    const ended: Ended = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runs.push({
      events: events?.length ?? 0,
      signals: (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
        signal?.signalName === signalName ? [textOf(signal.input?.payloads?.[0])] : [],
      ),
      handedOn: ended ? timelineIn(textOf(ended.input?.payloads?.[1])) : null,
    });
    runId = ended?.newExecutionRunId ?? undefined;
  }
  return runs;
}

function timelineIn(carried: string): readonly string[] {
  return (JSON.parse(carried) as { timeline: readonly { text: string }[] }).timeline.map(({ text }) => text);
}

function textOf(payload: temporal.api.common.v1.IPayload | undefined): string {
  return Buffer.from(payload?.data ?? []).toString();
}
