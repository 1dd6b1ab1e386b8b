/**
 * Hand-written guards for message payloads: handlers take `unknown` and must never throw, and zod would cost each
 * cached run hundreds of kilobytes. A guard answers the message, or a sentence saying what is wrong with it.
 */
import type {
  ApproveMessage,
  CancelMessage,
  DeployedMessage,
  FailureMessage,
  HaltedMessage,
  HoldMessage,
  PromoteMessage,
  ResolveMessage,
  ResumeMessage,
  RollbackRequestMessage,
  SupersedeMessage,
} from '../schema/messages.ts';
import type { PlanRequest } from '../schema/plan-view.ts';
import { resolutions } from './choices.ts';

export type Parsed<T> =
  | { readonly kind: 'ok'; readonly message: T }
  | { readonly kind: 'malformed'; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;

const longestText = 2000;

function parse<T>(value: unknown, required: readonly string[], optional: readonly string[]): Parsed<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed('not an object');
  const fields = value as Fields;
  if ('undecodable' in fields) return malformed(undecodableText(fields.undecodable));
  const bad = required.find((name) => !isText(fields[name])) ?? optional.find((name) => !isTextOrMissing(fields[name]));
  return bad === undefined ? { kind: 'ok', message: value as T } : malformed(`"${bad}" must be a text`);
}

function undecodableText(how: unknown): string {
  return `its payload could not be decoded${isText(how) ? ` (${how.slice(0, 100)})` : ''}`;
}

function malformed(why: string): { kind: 'malformed'; why: string } {
  return { kind: 'malformed', why };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longestText;
}

function isTextOrMissing(value: unknown): boolean {
  return value === undefined || value === null || isText(value);
}

export const parseDeployed = (value: unknown) => parse<DeployedMessage>(value, ['guardId'], ['revision']);
export const parsePromote = (value: unknown) => parse<PromoteMessage>(value, ['guardId', 'by'], []);
export const parseCancel = (value: unknown) => parse<CancelMessage>(value, ['guardId', 'by', 'reason'], []);
export const parseHalted = (value: unknown) => parse<HaltedMessage>(value, ['guardId'], []);
const recoveries: readonly string[] = ['forward', 'revert'];

export function parseRollbackRequest(value: unknown): Parsed<RollbackRequestMessage> {
  const parsed = parse<RollbackRequestMessage>(value, ['by', 'reason'], ['to', 'recover']);
  if (parsed.kind === 'malformed') return parsed;
  const { to, recover } = parsed.message;
  if (!recover) return parsed;
  if (!recoveries.includes(recover)) return malformed(`"recover" must be one of ${recoveries.join(', ')}`);
  return to ? malformed('"to" and "recover" exclude each other: a run is finished with its own baseline') : parsed;
}

export function parseSupersede(value: unknown): Parsed<SupersedeMessage> {
  const parsed = parse<SupersedeMessage>(value, ['guardId', 'by', 'reason'], []);
  if (parsed.kind === 'malformed') return parsed;
  const reply: unknown = parsed.message.replyTo;
  if (reply === undefined || reply === null) return parsed;
  const checked = parse<{ workflowId: string }>(reply, ['workflowId'], []);
  return checked.kind === 'ok' ? parsed : malformed('"replyTo.workflowId" must be a text');
}

export function parseFailure(value: unknown): Parsed<FailureMessage> {
  const optional = ['guardId', 'revision', 'observedAt', 'cluster', 'severity', 'reportId'];
  const parsed = parse<FailureMessage>(value, ['source', 'reason', 'key'], optional);
  if (parsed.kind === 'malformed') return parsed;
  const { guardId, revision, observedAt } = parsed.message;
  if (!guardId && !revision && !observedAt) return malformed('it names no "guardId", "revision" or "observedAt"');
  if (observedAt && Number.isNaN(Date.parse(observedAt))) return malformed('"observedAt" must be an ISO time');
  return parsed;
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function parsePlanRequest(value: unknown): Parsed<PlanRequest> {
  const parsed = parse<PlanRequest>(value, ['application', 'environment'], ['to', 'by']);
  if (parsed.kind === 'malformed') return parsed;
  const { application, environment, to, by } = parsed.message;
  const bad = Object.entries({ application, environment }).find(([, name]) => !label.test(name));
  if (bad) return malformed(`"${bad[0]}" must be lower case letters, digits and "-", at most 63 of them`);
  // A language without optional fields sends `null` for what it leaves out.
  return { kind: 'ok', message: { application, environment, ...(to ? { to } : {}), ...(by ? { by } : {}) } };
}

export const parseHold = (value: unknown) => parse<HoldMessage>(value, ['by', 'reason'], []);
export const parseResume = (value: unknown) => parse<ResumeMessage>(value, ['by', 'reason'], []);

export function parseResolve(value: unknown): Parsed<ResolveMessage> {
  const parsed = parse<ResolveMessage>(value, ['decision', 'by', 'reason'], ['object', 'step']);
  if (parsed.kind === 'malformed' || resolutions.includes(parsed.message.decision)) return parsed;
  return malformed(`"decision" must be one of ${resolutions.join(', ')}`);
}

/** So many digits of a digest are no accident. */
const shortestDigest = /^[0-9a-f]{12,64}$/;

export function parseApprove(value: unknown): Parsed<ApproveMessage> {
  const parsed = parse<ApproveMessage>(value, ['planDigest', 'by'], ['reason']);
  if (parsed.kind === 'malformed' || shortestDigest.test(parsed.message.planDigest)) return parsed;
  return malformed('"planDigest" must be the digest of the plan that waits, or its first twelve digits or more');
}
