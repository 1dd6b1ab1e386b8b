import { PortError, type PortErrorKind } from '../../ports/port-error.ts';
import type { Json } from '../../schema/json.ts';
import type { RawAnswer, TransportFailure } from './answer-reader.ts';
import { asObject, listAt, objectAt, textAt } from './json-access.ts';
import { parseJson } from './json-text.ts';
import { isAboutWorkspacePath, troubleWithWorkspace } from './workspace.ts';

const LONGEST_MESSAGE = 300;

/** What a request is about, in words that never hold object content. */
export interface Subject {
  /** Such as `replace ConfigMap shop/web`. */
  readonly action: string;
  /** Of a Secret, nothing the server says is repeated but reason and field names. */
  readonly kind?: string;
}

/**
 * - `read`: is tried again a few times.
 * - `proof`: a dry run. Sent once, since webhooks see it; a lost answer changed nothing.
 * - `write`: sent once at most; a lost answer leaves a question (`unclear`).
 */
export type Effect = 'read' | 'proof' | 'write';

export interface FailureContext {
  readonly cluster: string;
  readonly subject: Subject;
  readonly effect: Effect;
  /** Of kcp, where the cluster is one. */
  readonly workspace?: string;
}

/** The `Status` in an answer's body, or an empty object. */
function statusOf(answer: RawAnswer): Json {
  try {
    const body = parseJson(answer.text);
    return textAt(body, 'kind') === 'Status' ? body : {};
  } catch {
    return {};
  }
}

/**
 * True only for an API server's own "this object does not exist". Also 404 are: a path that is not served, and kcp's
 * answer for a workspace path that leads nowhere, which is about `workspaces`.
 */
export function isObjectMissing(context: FailureContext, answer: RawAnswer, name: string): boolean {
  if (answer.status !== 404) return false;
  const status = statusOf(answer);
  if (isAboutWorkspacePath(context, status)) return false;
  return textAt(status, 'reason') === 'NotFound' && objectAt(status, 'details').name === name;
}

export function answerError(context: FailureContext, answer: RawAnswer): PortError {
  const status = statusOf(answer);
  const reason = textAt(status, 'reason');
  const fields = fieldsOf(status);
  const said = context.subject.kind === 'Secret' ? fields.join(', ') : whatItSaid(status);
  const trouble = troubleWithWorkspace(context, answer, status);
  if (trouble) {
    const told = [`HTTP ${answer.status}`, said, trouble.text].filter(Boolean).join(': ');
    return new PortError(trouble.kind, messageOf(context, told), { status: answer.status, reason: trouble.reason });
  }
  const text = [`HTTP ${answer.status}`, reason, said].filter(Boolean).join(': ');
  const isWebhook = isFailedWebhook(answer, status);
  return new PortError(isWebhook ? 'unavailable' : kindOf(context, answer, reason), messageOf(context, text), {
    status: answer.status,
    ...(reason ? { reason: isWebhook ? 'WebhookFailed' : reason } : {}),
    ...(fields.length > 0 ? { fields } : {}),
  });
}

export function transportError(context: FailureContext, failure: TransportFailure): PortError {
  const kind = failure.sent && context.effect === 'write' ? 'unclear' : 'unavailable';
  return new PortError(kind, messageOf(context, failure.message), { reason: failure.code }, { cause: failure });
}

/** A success whose body is not the JSON it should be. */
export function unreadableError(context: FailureContext, answer: RawAnswer): PortError {
  const kind = context.effect === 'write' ? 'unclear' : 'unavailable';
  const text = `HTTP ${answer.status}, but the body is not the JSON that was asked for`;
  return new PortError(kind, messageOf(context, text), { status: answer.status });
}

export function messageOf(context: FailureContext, text: string): string {
  const workspace = context.workspace === undefined ? '' : `, workspace ${context.workspace}`;
  return `cluster ${context.cluster}${workspace}: cannot ${context.subject.action}: ${text}`;
}

const DEFINITE: Readonly<Record<number, PortErrorKind>> = {
  401: 'denied',
  403: 'denied',
  404: 'notFound',
  409: 'conflict',
  410: 'unavailable',
  429: 'unavailable',
};

function kindOf(context: FailureContext, answer: RawAnswer, reason: string | undefined): PortErrorKind {
  const definite = DEFINITE[answer.status];
  if (definite) return definite;
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408) return 'invalid';
  if (context.effect !== 'write' || isTryAgain(answer, reason)) return 'unavailable';
  return 'unclear';
}

/** Admission comes before storage: a webhook that gave no answer has kept the request from changing anything. */
function isFailedWebhook(answer: RawAnswer, status: Json): boolean {
  return answer.status === 500 && /failed calling webhook/.test(textAt(status, 'message') ?? '');
}

/** Proxies and the API aggregator also answer 503 for a backend that was lost in mid-request, without these marks. */
function isTryAgain(answer: RawAnswer, reason: string | undefined): boolean {
  return answer.status === 503 && (reason !== undefined || answer.headers['retry-after'] !== undefined);
}

const UNKNOWN_FIELD = /(?:unknown|duplicate) field "([^"]+)"/g;

function fieldsOf(status: Json): readonly string[] {
  const causes = listAt(objectAt(status, 'details'), 'causes').map((cause) => textAt(cause, 'field'));
  const named = [...(textAt(status, 'message') ?? '').matchAll(UNKNOWN_FIELD)].map((match) => match[1]);
  return [...new Set([...causes, ...named])].filter((field) => field !== undefined && field !== '') as string[];
}

/** Validation messages quote the rejected value, so they are rebuilt from their causes. */
function whatItSaid(status: Json): string {
  const causes = listAt(objectAt(status, 'details'), 'causes');
  const isQuoting = textAt(status, 'reason') === 'Invalid' && causes.length > 0;
  const text = isQuoting ? causes.map(causeText).join('; ') : withoutExcerpt(textAt(status, 'message') ?? '');
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;
}

const VALUE_FREE = new Set(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong', 'FieldValueTooMany']);
const KNOWN_ENDINGS = ['field is immutable', 'may not change once set', 'cannot change roleRef'];

function causeText(cause: Json): string {
  const { field, reason, message } = asObject(cause);
  const said = typeof message === 'string' ? message : '';
  const ending = VALUE_FREE.has(String(reason)) ? said : KNOWN_ENDINGS.find((known) => said.endsWith(known));
  return [field, ending ?? reason].filter((part) => typeof part === 'string' && part !== '').join(': ');
}

/** Some decoders append an excerpt of the body after these words. */
function withoutExcerpt(message: string): string {
  return message.split(/,? error found in #/)[0] ?? '';
}
