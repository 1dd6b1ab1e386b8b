import { gridUpTo, onGrid } from '../src/domain/detect/grid.ts';
import { addToRow, judgeAnswer, noRow, type Row } from '../src/domain/detect/judge-answers.ts';
import { type Judgement, judgeValues, meanOf } from '../src/domain/detect/judge-values.ts';
import type { Metrics } from '../src/ports/metrics.ts';
import type { DetectActivities, SourceReport, WatchMetricsInput, WatchSourceInput } from '../src/schema/activities.ts';
import type { ResolvedProbe } from '../src/schema/detect.ts';
import type { Verdict } from '../src/schema/verdict.ts';
import { beating, rest } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { judgeSilence } from './silence.ts';

/** Watches what there is beside workloads. */
export function createSourceActivities(deps: Dependencies): Pick<DetectActivities, 'watchMetrics' | 'watchProbe'> {
  return {
    watchMetrics: (input) => beating(() => watchMetrics(deps.metrics, input)),
    watchProbe: (input) => beating(() => watchProbe(deps.probe, input)),
  };
}

const askAgainAfter = 1000;

async function watchMetrics(metrics: Metrics | null, input: WatchMetricsInput): Promise<SourceReport> {
  const { interval } = input.source;
  let asked = input;
  let firstTry = performance.now();
  for (;;) {
    const looked = await lookAtMetric(metrics, asked).catch((error: unknown) =>
      withoutAnswer(asked, error, performance.now() - firstTry),
    );
    asked = { ...asked, baseline: looked.baseline };
    const report = newsOf(input.known, looked.judged);
    if (report) return looked.baseline === null ? report : { ...report, baseline: looked.baseline };
    await rest(looked.isAnswer ? interval : Math.min(interval, askAgainAfter));
    if (looked.isAnswer) firstTry = performance.now();
  }
}

interface Looked {
  readonly isAnswer: boolean;
  readonly judged: Judgement | null;
  readonly baseline: number | null;
}

async function lookAtMetric(
  metrics: Metrics | null,
  { source, since, readyAt, baseline: known }: WatchMetricsInput,
): Promise<Looked> {
  if (!metrics) throw new Error('this worker knows no provider of metrics; set metrics.prometheus in belay.yaml');
  const baseline = known ?? (await measure(metrics, source, readyAt));
  const grid = gridUpTo(Date.now(), since, source);
  const values = grid ? onGrid(await metrics.valuesOf(source.query, grid), grid) : [];
  return { isAnswer: true, judged: judgeValues(source, values, baseline), baseline };
}

/** Ends when the deploy was let through: the same instants, and the same mean, whoever asks and whenever. */
async function measure(metrics: Metrics, { query, rule, interval }: WatchMetricsInput['source'], readyAt: number) {
  if (rule.kind !== 'relative') return null;
  const grid = { start: readyAt - rule.baselineWindow, end: readyAt, step: interval };
  return meanOf((await metrics.valuesOf(query, grid)).map(({ value }) => value));
}

function withoutAnswer({ source, baseline }: WatchMetricsInput, error: unknown, lasted: number): Looked {
  const judged = judgeSilence(error, { name: source.name, reason: 'ProviderUnavailable', lasted });
  return { isAnswer: false, judged, baseline };
}

async function watchProbe(probe: Dependencies['probe'], input: WatchSourceInput<ResolvedProbe>): Promise<SourceReport> {
  const { check, timeout, interval, consecutive, name } = input.source;
  let row = rowOf(input.cursor);
  if (input.cursor !== null) await rest(interval);
  for (;;) {
    const answer = await probe(check, timeout);
    row = addToRow(row, answer);
    const report = newsOf(input.known, judgeAnswer(name, consecutive, row, answer));
    if (report) return { ...report, cursor: JSON.stringify(row) };
    await rest(interval);
  }
}

/** Looking goes on where the last watcher has stopped: a row of bad answers is not begun anew by telling of its first. */
function rowOf(cursor: string | null): Row {
  return cursor === null ? noRow : (JSON.parse(cursor) as Row);
}

function newsOf(known: Verdict, judged: Judgement | null): SourceReport | null {
  return judged === null || judged.verdict === known ? null : { ...judged, cursor: '' };
}
