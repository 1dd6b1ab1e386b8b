import { z } from '@hono/zod-openapi';
import type { ApplicationName } from '../client/index.ts';
import type { Hands } from './hands.ts';
import { mapDocument } from './mapping.ts';
import { parseBy } from './parse.ts';
import { shown } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { type Report, type Told, tell } from './report.ts';
import type { Mapping, Sender } from './settings.ts';

const texts = z.record(z.string(), z.string());

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts.default({}),
  annotations: texts.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).max(200),
});

/** What Alertmanager sends to a webhook (version 4), as far as it is read. */
export const alertGroupSchema = z
  .object({ version: z.literal('4'), alerts: z.array(alertSchema).max(500, 'must be at most 500 alerts') })
  .openapi('AlertGroup');

type Alert = z.infer<typeof alertSchema>;

/** What became of one alert. */
export interface AlertAnswer {
  readonly fingerprint: string;
  readonly application: string | null;
  readonly answer: Told['answer'] | 'resolved' | 'not done';
  readonly detail: string;
}

export interface GroupAnswer {
  /** 200, or what went worst: Alertmanager sends again after 503 only, and counts the others as failed. */
  readonly status: 200 | 403 | 422 | 503;
  readonly answers: readonly AlertAnswer[];
}

interface Receiver {
  readonly hands: Hands;
  readonly sender: Sender;
  readonly mapping: Mapping;
}

/** Reports whatever fires, alert by alert; one that cannot be reported keeps no other from it. */
export async function receiveAlerts(receiver: Receiver, body: unknown): Promise<GroupAnswer> {
  const { alerts } = parseBy(alertGroupSchema, body);
  const done: Done[] = [];
  for (let from = 0; from < alerts.length; from += atOnce) {
    done.push(...(await Promise.all(alerts.slice(from, from + atOnce).map((alert) => receive(receiver, alert)))));
  }
  const worst = severity.find((status) => done.some((one) => one.status === status)) ?? 200;
  return { status: worst, answers: done.map(({ answer }) => answer) };
}

/** Alerts of one group are mostly one application's. */
const atOnce = 8;

const severity = [503, 403, 422] as const;

interface Done {
  readonly status: number;
  readonly answer: AlertAnswer;
}

async function receive({ hands, sender, mapping }: Receiver, alert: Alert): Promise<Done> {
  const { fingerprint } = alert;
  let name: ApplicationName | null = null;
  const answered = (answer: AlertAnswer['answer'], detail: string, status = 200): Done => ({
    status,
    answer: { fingerprint, application: name && shown(name), answer, detail },
  });
  if (alert.status === 'resolved') return answered('resolved', 'an alert that is over reports no failure');
  try {
    const report = reportOf(mapping, alert);
    name = report.name;
    const { answer, detail } = await tell(hands, sender, report);
    return answered(answer, detail);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return answered('not done', `${error.problem.title}: ${error.problem.detail}`, error.problem.status);
  }
}

/** An alert that goes on firing is sent again and again: its start makes it one report. */
function reportOf(mapping: Mapping, alert: Alert): Report {
  const { reason, ...mapped } = mapDocument(mapping, alert);
  const { fingerprint, startsAt, labels } = alert;
  return {
    ...mapped,
    reason: reason ?? describe(alert),
    key: `${fingerprint}/${startsAt}`,
    observedAt: new Date(startsAt).toISOString(),
    severity: labels.severity || undefined,
  };
}

function describe({ labels, annotations }: Alert): string {
  const summary = annotations.summary ?? annotations.description;
  const name = labels.alertname ?? 'alert';
  return summary === undefined ? name : `${name}: ${summary}`;
}
