import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** One activity of a run; times in milliseconds since 1970, by the Temporal server's clock. */
export interface Span {
  readonly activity: string;
  readonly scheduled: number;
  readonly started: number;
  readonly ended: number;
}

/** Finished activities, in the order they were scheduled. */
export function activitiesIn(events: readonly HistoryEvent[]): Span[] {
  const byId = new Map(events.map((event) => [Number(event.eventId), event]));
  return events
    .flatMap((event) => {
      const ended = event.activityTaskCompletedEventAttributes;
      const scheduled = byId.get(Number(ended?.scheduledEventId));
      const activity = scheduled?.activityTaskScheduledEventAttributes?.activityType?.name;
      if (!ended || !scheduled || !activity) return [];
      const started = timeOf(byId.get(Number(ended.startedEventId)));
      return [{ activity, scheduled: timeOf(scheduled), started, ended: timeOf(event) }];
    })
    .sort((a, b) => a.scheduled - b.scheduled);
}

function timeOf(event: HistoryEvent | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1_000_000;
}
