import { Agent, fetch } from 'undici';
import type { Grid, Metrics, Sample } from '../ports/metrics.ts';
import { PortError } from '../ports/port-error.ts';

export interface PrometheusOptions {
  readonly url: string;
  /** Sent as a bearer token; read before every request, since tokens in files are renewed. */
  readonly token?: () => Promise<string>;
  /** PEM text of who is trusted instead of the usual authorities. */
  readonly ca?: string;
}

const patience = 5000;
/** An answer for one series has a few hundred values at most. */
const longestAnswer = 1_000_000;

/** Asks the HTTP API of Prometheus, or of whatever else speaks it. */
export function createPrometheusMetrics(options: PrometheusOptions): Metrics & { close(): Promise<void> } {
  const agent = new Agent({
    connect: options.ca === undefined ? {} : { ca: options.ca },
    maxResponseSize: longestAnswer,
  });
  return {
    valuesOf: async (query, grid) => samplesOf(await ask(options, agent, query, grid)),
    close: () => agent.close(),
  };
}

async function ask({ url, token }: PrometheusOptions, agent: Agent, query: string, grid: Grid): Promise<unknown> {
  const seconds = (milliseconds: number) => String(milliseconds / 1000);
  const body = new URLSearchParams({
    query,
    start: seconds(grid.start),
    end: seconds(grid.end),
    step: seconds(grid.step),
    timeout: seconds(patience),
  });
  const headers = token ? { authorization: `Bearer ${await token()}` } : {};
  const target = `${url.replace(/\/$/, '')}/api/v1/query_range`;
  const options = { method: 'POST', body, headers, redirect: 'error', dispatcher: agent } as const;
  const response = await fetch(target, { ...options, signal: AbortSignal.timeout(patience) }).catch(unavailable);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw refusal(response.status, answer);
}

/** Where it is reached is not said: an address can carry more than people should read. */
function unavailable(error: unknown): never {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : nameOf(cause);
  throw new PortError('unavailable', `the provider of metrics does not answer: ${code}`, {}, { cause: error });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

function refusal(status: number, answer: unknown): PortError {
  const said = fieldsOf(answer).error;
  const why = typeof said === 'string' ? `: ${said.slice(0, 300)}` : '';
  if (status === 401 || status === 403) return new PortError('denied', `the provider of metrics says ${status}`);
  if (status === 400 || status === 422) return new PortError('invalid', `the query is refused${why}`);
  return new PortError('unavailable', `the provider of metrics says ${status}`);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function samplesOf(answer: unknown): Sample[] {
  const { status, data } = fieldsOf(answer);
  const { resultType, result } = fieldsOf(data);
  if (status !== 'success' || resultType !== 'matrix' || !Array.isArray(result))
    throw new PortError('unavailable', 'the provider of metrics gives no such answer as Prometheus does');
  if (result.length > 1)
    throw new PortError('invalid', `the query answers ${result.length} series; aggregate them to one, as with sum()`);
  const { values } = fieldsOf(result[0]);
  return Array.isArray(values) ? values.map(sampleOf) : [];
}

const notNumbers: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};

function sampleOf(pair: unknown): Sample {
  const [at, text] = Array.isArray(pair) ? pair : [];
  return { at: Number(at) * 1000, value: notNumbers[String(text)] ?? Number(text) };
}
