import { createHash } from 'node:crypto';
import type { ApplicationName, Failure, ReportAnswer } from '../client/index.ts';
import type { Hands } from './hands.ts';
import { checkRight, shown } from './permissions.ts';
import { refuse } from './refusal.ts';
import type { Sender } from './settings.ts';

/** A failure that somebody reports, whatever the form it came in. */
export interface Report {
  readonly name: ApplicationName;
  readonly reason: string;
  /** The sender's own; the same one twice is one report. */
  readonly key: string;
  /** ISO time. */
  readonly observedAt: string;
  readonly guardId?: string | undefined;
  readonly revision?: string | undefined;
  readonly cluster?: string | undefined;
  readonly severity?: string | undefined;
  /** Instead of what the sender's entry says. */
  readonly onNoGuard?: Sender['onNoGuard'] | undefined;
}

/** What happened to it. */
export interface Told {
  readonly answer: 'accepted' | 'duplicate' | 'rollback' | 'no guard' | 'ended' | 'not this deploy';
  readonly detail: string;
  /** Of the run that has ended. */
  readonly outcome?: string;
}

/** Tells the open guard, and nobody else unless the sender may roll back and asks for it. Throws `Refusal`. */
export async function tell(hands: Hands, sender: Sender, report: Report): Promise<Told> {
  const { name, onNoGuard = sender.onNoGuard } = report;
  checkRight(sender, 'report', name);
  if (onNoGuard === 'rollback') checkRight(sender, 'rollback', name);
  const answer = await reach(() => hands.report(name, failureOf(sender, report)));
  if (onNoGuard === 'rollback' && isUnguarded(answer, report)) return await rollBack(hands, sender, report);
  return toldOf(answer, name);
}

/** Temporal or a worker that does not answer is told as such: the sender tries again. */
export async function reach<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch {
    return refuse({
      status: 503,
      type: 'unavailable',
      title: 'Temporal or its workers do not answer',
      detail: 'whether it was taken is not known: send it again, with the same key',
      headers: { 'retry-after': '5' },
    });
  }
}

function failureOf({ name: source }: Sender, report: Report): Failure {
  const { key, reason, observedAt, guardId, revision, cluster, severity } = report;
  return {
    source,
    reason: clean(reason),
    key: keyOf(source, key),
    observedAt,
    ...(guardId === undefined ? {} : { guardId }),
    ...(revision === undefined ? {} : { revision }),
    ...(cluster === undefined ? {} : { cluster: clean(cluster) }),
    ...(severity === undefined ? {} : { severity: clean(severity) }),
  };
}

/** Nobody's key can stand in the way of another sender's. */
function keyOf(sender: string, key: string): string {
  return `${sender}:${createHash('sha256').update(key).digest('hex')}`;
}

const longestText = 500;

/** Terminals and tables show it: one line, nothing that steers them, and no half of a character. */
function clean(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return Buffer.from(line.slice(0, longestText)).toString() || 'no reason given';
}

/** What was seen before the latest run ended was that run's to deal with; a guard that is named is meant alone. */
function isUnguarded(answer: ReportAnswer, { guardId, observedAt }: Report): boolean {
  if (guardId !== undefined) return false;
  if (answer.kind === 'noGuard') return true;
  return answer.kind === 'ended' && answer.closedAt !== null && Date.parse(observedAt) > answer.closedAt.getTime();
}

async function rollBack(hands: Hands, sender: Sender, { name, reason, key }: Report): Promise<Told> {
  const why = { by: sender.name, reason: clean(reason) };
  await reach(() => hands.rollBack(name, why, keyOf(sender.name, key)));
  return { answer: 'rollback', detail: `no guard was open: ${shown(name)} is rolled back to its last known good` };
}

function toldOf(answer: ReportAnswer, name: ApplicationName): Told {
  switch (answer.kind) {
    case 'accepted':
      return { answer: 'accepted', detail: answer.why ?? 'the deploy counts as failed' };
    case 'kept':
      return { answer: 'accepted', detail: 'Temporal keeps it for the guard, whose worker has not answered yet' };
    case 'duplicate':
      return { answer: 'duplicate', detail: 'this key was reported before; nothing more follows from it' };
    case 'ignored':
      return { answer: 'not this deploy', detail: answer.why ?? 'it is about another deploy than the open guard' };
    case 'noGuard':
      return { answer: 'no guard', detail: `no guard of ${shown(name)} is known; check both names` };
    case 'ended': {
      const { outcome, reason } = answer;
      return { answer: 'ended', detail: reason, ...(outcome === null ? {} : { outcome }) };
    }
  }
}
